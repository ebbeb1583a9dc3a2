/** What can be measured by itself. */
export const BENCH_PARTS = [
  'flood',
  'cut-trains',
  'paced',
  'trains',
  'reading',
  'throughput',
  'ring',
  'lines',
  'load',
] as const
export type BenchPart = (typeof BENCH_PARTS)[number]

export const BENCH_FLAGS = {
  quick: {
    kind: 'switch',
    help: 'take small numbers and one round: shows that it works, not how fast',
  },
  rounds: { kind: 'whole', min: 1, otherwise: '3', help: 'take this many alternating rounds' },
  only: {
    kind: 'choice',
    choices: BENCH_PARTS,
    help: 'measure this part alone; throughput, which takes minutes, is measured only so',
  },
  svg: { kind: 'text', value: 'file', help: 'write a plot' },
} as const
