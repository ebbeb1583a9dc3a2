export const TOP_FLAGS = {
  intervalMs: {
    kind: 'whole',
    min: 100,
    max: 60_000,
    default: 500,
    help: 'look so often; without a terminal, take rates over so long',
  },
} as const
