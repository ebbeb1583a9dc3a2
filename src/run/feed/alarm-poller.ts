import { FEED, FEED_LINE, feedLineCounters, LINE_STATE } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import { TRACK } from '../../sequence/tracker-state.js'
import {
  type FeedData,
  feedStateOf,
  lineCountersOf,
  recorderCountersOf,
} from '../memory/feed-data.js'
import type { FeedAlarm } from './feed-alarm.js'
import { RecorderWatch } from './recorder-watch.js'

/** Seldom enough to leave hot threads alone, often enough for somebody who looks on. */
const LOOK_MS = 200
/** Looks in a row at which receiving has failed anew, from which on it is an alarm. */
const PERSISTENT_LOOKS = 3
/** Requests without any response, and looks for so long, that make a retransmission server silent. */
const SILENT_REQUESTS = 8
const SILENT_LOOKS = 5

interface LineSeen {
  silentAlarms: number
  behindAlarms: number
  receiveErrors: number
  /** Looks in a row that found receiving to fail. */
  failing: number
  /** Index of the interface on which the line's group was joined; 0: there is none. */
  interfaceIndex: number
  joins: number
  /** Whether what was told last is that it does well. */
  live: boolean
}

/**
 * Tells the thread that started a feed of its alarms, by looking at what the handling thread has counted:
 * a few numbers, every 200 ms. A state that comes and goes between two looks is told all the same.
 */
export class AlarmWatch {
  readonly #state: FeedState
  readonly #counts: Float64Array
  readonly #lines: readonly Float64Array[]
  readonly #received: readonly Float64Array[]
  readonly #onAlarm: (alarm: FeedAlarm) => void
  readonly #seen: readonly LineSeen[]
  readonly #timer: NodeJS.Timeout
  #stopped = false
  #rivalAlarms = 0
  #rivalLooks = 0
  #rival = false
  #staleAlarms = 0
  #stale = false
  #serverSilent = false
  #answers = 0
  #requestsBefore = 0
  readonly #recorder: RecorderWatch | undefined
  #looksWithout = 0

  constructor(data: FeedData, onAlarm: (alarm: FeedAlarm) => void) {
    this.#state = feedStateOf(data)
    this.#counts = this.#state.counters
    this.#lines = data.lines.map((_, line) => feedLineCounters(this.#counts, line))
    this.#received = data.lines.map((_, line) => lineCountersOf(data, line))
    this.#onAlarm = onAlarm
    this.#seen = data.lines.map(() => ({
      silentAlarms: 0,
      behindAlarms: 0,
      receiveErrors: 0,
      failing: 0,
      interfaceIndex: 0,
      joins: 0,
      live: true,
    }))
    this.#recorder =
      data.plan.record === null ? undefined : new RecorderWatch(recorderCountersOf(data), onAlarm)
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** Looks a last time. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#timer)
    this.#look()
  }

  #look(): void {
    this.#seen.forEach((seen, line) => {
      this.#lookAtLine(seen, line)
    })
    const staleAlarms = this.#counts[FEED.staleAlarms]
    if (staleAlarms !== this.#staleAlarms) {
      this.#staleAlarms = staleAlarms
      this.#stale = true
      this.#onAlarm({ kind: 'stale', line: -1 })
    }
    if (this.#stale && this.#counts[FEED.stale] === 0) {
      this.#stale = false
      this.#onAlarm({ kind: 'live', line: -1 })
    }
    this.#lookForRival()
    this.#lookAtServer()
    this.#recorder?.look()
  }

  #lookForRival(): void {
    const alarms = this.#counts[FEED.rivalAlarms]
    const there = this.#counts[FEED.rival] === 1
    if (alarms !== this.#rivalAlarms) {
      // The kernel names senders from the next datagrams on: it is told a look later, with their names.
      if (this.#rivalLooks++ === 0 && !this.#stopped) return
      this.#rivalLooks = 0
      this.#rivalAlarms = alarms
      this.#rival = true
      const streams = this.#state.namedStreams()
      const line = Math.max(0, this.#state.tracker[TRACK.rivalLine])
      this.#onAlarm({ kind: 'second-stream', line, streams })
    } else if (this.#rival && !there) {
      this.#rival = false
      this.#onAlarm({
        kind: 'single-stream',
        line: Math.max(0, this.#state.tracker[TRACK.rivalLine]),
      })
    }
  }

  #lookAtServer(): void {
    const answers = this.#counts[FEED.answers]
    const requests = this.#counts[FEED.requests] + this.#counts[FEED.requestsFailed]
    if (answers !== this.#answers || requests === this.#requestsBefore) {
      if (this.#serverSilent && answers !== this.#answers) {
        this.#serverSilent = false
        this.#onAlarm({ kind: 'server-live', line: -1 })
      }
      this.#answers = answers
      this.#requestsBefore = requests
      this.#looksWithout = 0
      return
    }
    this.#looksWithout += 1
    const silent = requests - this.#requestsBefore >= SILENT_REQUESTS
    if (this.#serverSilent || !silent || this.#looksWithout < SILENT_LOOKS) return
    this.#serverSilent = true
    this.#onAlarm({ kind: 'server-silent', line: -1 })
  }

  #lookAtLine(seen: LineSeen, line: number): void {
    const counts = this.#lines[line]
    const silentAlarms = counts[FEED_LINE.silentAlarms]
    const behindAlarms = counts[FEED_LINE.behindAlarms]
    if (silentAlarms !== seen.silentAlarms) {
      this.#onAlarm({ kind: 'line-silent', line })
      seen.live = false
    }
    if (behindAlarms !== seen.behindAlarms) {
      this.#onAlarm({ kind: 'line-behind', line })
      seen.live = false
    }
    seen.silentAlarms = silentAlarms
    seen.behindAlarms = behindAlarms
    this.#lookForErrors(seen, line)
    this.#lookAtInterface(seen, line)
    const live = counts[FEED_LINE.state] === LINE_STATE.live && seen.failing < PERSISTENT_LOOKS
    if (!seen.live && live) {
      seen.live = true
      this.#onAlarm({ kind: 'line-live', line })
    }
  }

  #lookAtInterface(seen: LineSeen, line: number): void {
    const index = this.#received[line][LINE.interfaceIndex]
    const joins = this.#received[line][LINE.joins]
    if (index === 0 && seen.interfaceIndex !== 0) this.#onAlarm({ kind: 'line-left', line })
    if (joins !== seen.joins) this.#onAlarm({ kind: 'line-joined', line })
    seen.interfaceIndex = index
    seen.joins = joins
  }

  /** One failure is a moment's; one that is there at every look is not. */
  #lookForErrors(seen: LineSeen, line: number): void {
    const errors = this.#received[line][LINE.receiveErrors]
    seen.failing = errors === seen.receiveErrors ? 0 : seen.failing + 1
    seen.receiveErrors = errors
    if (seen.failing !== PERSISTENT_LOOKS) return
    this.#onAlarm({ kind: 'line-failing', line })
    seen.live = false
  }
}
