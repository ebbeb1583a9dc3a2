export const LOG_FLAGS = {
  log: {
    kind: 'choice',
    choices: ['json', 'text', 'off'],
    default: 'off',
    help: 'write a line for each event to standard error: gaps, drops, restarts, silence, warnings',
  },
} as const
