export const LAB_FLAGS = {
  count: { kind: 'whole', min: 1, default: 30_000, help: 'send this many messages in each run' },
  rate: {
    kind: 'whole',
    min: 1,
    default: 20_000,
    help: 'send this many messages per second, on average',
  },
  burst: {
    kind: 'whole',
    min: 1,
    default: 400,
    help: 'let this many messages come together, on average',
  },
  workNs: { kind: 'whole', min: 1, default: 20_000, help: 'let the handler work so long on each' },
  seed: {
    kind: 'whole',
    min: 0,
    default: 1,
    help: 'make bursts from this seed: the same seed, the same bursts',
  },
  svg: { kind: 'text', value: 'file', help: 'write a plot' },
} as const
