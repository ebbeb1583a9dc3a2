import { RECORDER, RECORDER_STATE } from '../../account/recorder-counters.js'
import type { FeedAlarm } from './feed-alarm.js'

/** Looks without a loss after which a slow recording is no longer that. */
const CALM_LOOKS = 5

/** Tells of a recording that is not written, by looking at what the recorder has counted. */
export class RecorderWatch {
  readonly #counters: Float64Array
  readonly #onAlarm: (alarm: FeedAlarm) => void
  #slow = 0
  #slowLooks = Number.POSITIVE_INFINITY
  #diskFullAlarms = 0
  #state: number = RECORDER_STATE.writing

  /** @param counters as RECORDER lays them out */
  constructor(counters: Float64Array, onAlarm: (alarm: FeedAlarm) => void) {
    this.#counters = counters
    this.#onAlarm = onAlarm
  }

  look(): void {
    const counters = this.#counters
    const slow = counters[RECORDER.slow]
    if (slow !== this.#slow) {
      if (this.#slowLooks > CALM_LOOKS) this.#tell('recording-slow')
      this.#slow = slow
      this.#slowLooks = 0
    } else this.#slowLooks += 1
    const state = counters[RECORDER.state]
    // A disk that was full between two looks is told of all the same.
    if (counters[RECORDER.diskFullAlarms] !== this.#diskFullAlarms) this.#tell('recording-full')
    else if (state !== this.#state && state === RECORDER_STATE.failing)
      this.#tell('recording-failing')
    if (state === RECORDER_STATE.writing && this.#state !== state) this.#tell('recording-live')
    this.#diskFullAlarms = counters[RECORDER.diskFullAlarms]
    this.#state = state
  }

  #tell(kind: FeedAlarm['kind']): void {
    this.#onAlarm({ kind, line: -1 })
  }
}
