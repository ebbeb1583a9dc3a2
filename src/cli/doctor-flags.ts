export const DOCTOR_FLAGS = {
  listenMs: {
    kind: 'whole',
    min: 1,
    max: 600_000,
    default: 2_000,
    help: 'listen for so long, where an endpoint is given',
  },
  all: { kind: 'switch', help: 'show what is right too, not only its name' },
} as const
