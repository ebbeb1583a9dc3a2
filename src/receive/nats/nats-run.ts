import type { Doorbell } from '../../ring/doorbell.js'
import type { FramingName } from '../../wire/framing.js'

/** What of a run a subscriber shares with its threads. */
export interface NatsRun {
  readonly ring: SharedArrayBuffer
  readonly handlerBell: Doorbell
  readonly line: Float64Array
  readonly counts: Float64Array
  readonly framing: FramingName
  readonly stopping: () => boolean
  readonly handlerGone: () => boolean
}
