export const BENCH_FLAGS = {
  quick: {
    kind: 'switch',
    help: 'take small numbers and one round: shows that it works, not how fast',
  },
  rounds: { kind: 'whole', min: 1, otherwise: '3', help: 'take this many alternating rounds' },
  svg: { kind: 'text', value: 'file', help: 'write a plot' },
} as const
