import { formatCounted } from '../format.js'

/** How events of a run are told to operators. */
export type LogFormat = 'json' | 'text'

/** Lines of one kind within a second; the rest is counted. */
const LINES_PER_SECOND = 10
const WINDOW_MS = 1000

/** Something that happened in a run, or a sum of what happened within a moment. */
export interface RunEvent {
  /** What kind: `gap`, `recovered`, `drops`, `restart`, `stale` … */
  readonly event: string
  /** In words, for people. */
  readonly text: string
  /** Its figures, by name. */
  readonly figures?: Readonly<Record<string, number | string | null>>
  /** When it happened, in ms since 1970; default: now. */
  readonly atMs?: number
}

interface Kind {
  windowMs: number
  lines: number
  leftOut: number
}

/**
 * Writes one line for each event, as JSON or as text: of each kind ten a second at most. What is left out is
 * counted, and said with the next line of that kind, or when the log is closed.
 *
 * For the thread that began the run.
 */
export class EventLog {
  readonly #format: LogFormat
  readonly #feed: string
  readonly #write: (line: string) => void
  readonly #kinds = new Map<string, Kind>()

  /** @param write gets lines without their ends */
  constructor(format: LogFormat, feed: string, write: (line: string) => void) {
    this.#format = format
    this.#feed = feed
    this.#write = write
  }

  note(event: RunEvent, nowMs = Date.now()): void {
    const kind = this.#kindOf(event.event, nowMs)
    if (kind.lines >= LINES_PER_SECOND) {
      kind.leftOut += 1
      return
    }
    kind.lines += 1
    this.#tellLeftOut(event.event, kind, nowMs)
    this.#writeEvent(event, nowMs)
  }

  /** Says what was left out of kinds of which nothing came since; call it now and then. */
  flush(nowMs = Date.now()): void {
    for (const [name, kind] of this.#kinds) {
      if (nowMs - kind.windowMs >= WINDOW_MS) this.#tellLeftOut(name, kind, nowMs)
    }
  }

  /** Says all that was left out. */
  close(nowMs = Date.now()): void {
    for (const [name, kind] of this.#kinds) this.#tellLeftOut(name, kind, nowMs)
  }

  #kindOf(name: string, nowMs: number): Kind {
    let kind = this.#kinds.get(name)
    if (kind === undefined) {
      kind = { windowMs: nowMs, lines: 0, leftOut: 0 }
      this.#kinds.set(name, kind)
    }
    if (nowMs - kind.windowMs >= WINDOW_MS) {
      kind.windowMs = nowMs
      kind.lines = 0
    }
    return kind
  }

  #tellLeftOut(name: string, kind: Kind, nowMs: number): void {
    const { leftOut } = kind
    if (leftOut === 0) return
    kind.leftOut = 0
    const text = `${formatCounted(leftOut, 'event')} "${name}" left out`
    this.#writeEvent({ event: 'left-out', text, figures: { of: name, count: leftOut } }, nowMs)
  }

  #writeEvent({ event, text, figures = {}, atMs }: RunEvent, nowMs: number): void {
    const time = new Date(atMs ?? nowMs).toISOString()
    const line =
      this.#format === 'json'
        ? JSON.stringify({ time, event, feed: this.#feed, ...figures, text })
        : `${time} ${event} ${this.#feed}: ${text}`
    this.#write(line)
  }
}
