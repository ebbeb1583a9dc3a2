/**
 * Of a receiver in a test that is not about how threads wait: it leaves the cores to others while it has nothing
 * to do, since other files run beside it. Those that are about it, that count garbage, or that are flooded keep
 * the defaults, so that both ways are tested.
 */
export const SHARED = { idle: 'park', cpu: null } as const
/** The same for the command line. */
export const SHARED_FLAGS: readonly string[] = ['--idle', 'park', '--no-pin']
