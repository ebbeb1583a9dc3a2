import { BENCH_FLAGS } from './bench-flags.js'
import { command } from './command.js'

export const benchCommand = command({
  options: BENCH_FLAGS,
  examples: ['bench --rounds 5 --svg bench.svg', 'bench --only reading --rounds 7'],
  run: async (_, flags, output) => {
    const { runBench } = await import('./bench-run.js')
    await runBench(flags, output)
  },
})
