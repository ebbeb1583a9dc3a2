import type { ReceiveOptions } from '../../run/options/receive-options.js'
import type { Flags } from '../command.js'
import { cpuChoice } from '../pinning.js'
import { LIVE_OPTIONS, type TUNE_FLAGS } from '../tune-flags.js'

const DEFAULT_DURATION_MS = 5000

/** What `receive` is told: the options that decide how long a handler is busy, and what reaches it. */
export function serviceOptions(flags: Flags<typeof TUNE_FLAGS>, endpoint: string): ReceiveOptions {
  const { noPin, framing, slotBytes } = flags
  const live = Object.fromEntries(
    Object.keys(LIVE_OPTIONS).map((name) => [name, flags[name as keyof typeof LIVE_OPTIONS]]),
  )
  return {
    ...live,
    endpoints: endpoint,
    framing,
    slotBytes,
    cpu: cpuChoice(noPin, flags.cpu),
    handlerCpu: cpuChoice(noPin, flags.handlerCpu),
    handler: flags.handler ?? null,
    durationMs: flags.durationMs ?? DEFAULT_DURATION_MS,
    profileRecords: flags.profileRecords ?? LIVE_OPTIONS.profileRecords.default,
  }
}
