import { command } from './command.js'

export const statCommand = command({
  operands: [
    {
      usage: '[target]',
      help: 'a process id, or a file of counters (default: all of this user)',
      max: 1,
    },
  ],
  options: {},
  examples: ['stat', 'stat 4711 --json'],
  run: async ([target], _flags, output) => {
    const { runStat } = await import('./stat-run.js')
    runStat(target, output)
  },
})
