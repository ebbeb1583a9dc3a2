import { command } from './command.js'
import { TOP_FLAGS } from './top-flags.js'

export const topCommand = command({
  operands: [
    {
      usage: '[target]',
      help: 'a process id, or a file of counters (default: all of this user)',
      max: 1,
    },
  ],
  options: TOP_FLAGS,
  examples: ['top', 'top 4711', 'top --json'],
  run: async ([target], flags, output) => {
    const { runTop } = await import('./top-run.js')
    await runTop(target, flags, output)
  },
})
