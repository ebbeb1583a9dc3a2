import type { OptionTable } from '../run/options/declaration.js'
import type { Flags } from './command.js'

/** The flags of commands that can be looked on at. */
export const METRICS_FLAGS = {
  metrics: {
    kind: 'text',
    value: 'url',
    help: 'serve metrics and the dashboard on http://HOST:PORT; port 0: a free one',
  },
  metricsToken: {
    kind: 'text',
    value: 'secret',
    help: 'ask everybody who looks on for this; needed beyond loopback addresses',
  },
} as const satisfies OptionTable

/** Those flags, and all others. */
export type MetricsFlags = Flags<typeof METRICS_FLAGS>
