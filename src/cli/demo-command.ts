import { command } from './command.js'

export const demoCommand = command({
  options: { quick: { kind: 'switch', help: 'take smaller numbers: some seconds in all' } },
  examples: ['demo --quick'],
  run: async (_, { quick = false }, output) => {
    const { runDemo } = await import('./demo-run.js')
    await runDemo(quick, output)
  },
})
