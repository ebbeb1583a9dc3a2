import { command } from './command.js'

export const lossCommand = command({
  operands: [
    {
      usage: '[target]',
      help: 'a process id, or a file of counters (default: all of this user)',
      max: 1,
    },
  ],
  options: {},
  examples: ['loss', 'loss 4711 --json'],
  run: async ([target], _flags, output) => {
    const { runLoss } = await import('./loss-run.js')
    runLoss(target, output)
  },
})
