import { EventLog, type LogFormat } from '../observe/log/event-log.js'
import { ReceiveEvents } from '../observe/log/receive-events.js'
import { SendEvents, type SenderFigures } from '../observe/log/send-events.js'
import type { FeedAlarm } from '../run/feed/feed-alarm.js'
import { alarmText, lineName } from '../run/feed/feed-alarm.js'
import { watchedRun } from '../run/memory/watched-run.js'
import type { Output } from './output.js'

/** Often enough for somebody who reads along, seldom enough to leave hot threads alone. */
const LOOK_MS = 200

/**
 * The log of a command: where `--log` asks for one, warnings and alarms go there in the place of warnings
 * on standard error. Which run it is of is known later than the first warning.
 */
export class CommandLog {
  readonly #output: Output
  readonly #log: EventLog | undefined
  #look: ((atEnd: boolean) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param name of the feed, as the log calls it */
  constructor(format: LogFormat | 'off' | undefined, name: string, output: Output) {
    this.#output = output
    this.#log =
      format === undefined || format === 'off'
        ? undefined
        : new EventLog(format, name, (line) => this.#write(line))
  }

  warn(warning: string): void {
    if (this.#log === undefined) this.#output.warn(warning)
    else this.#log.note({ event: 'warning', text: warning })
  }

  alarm(alarm: FeedAlarm, endpoints: readonly string[]): void {
    const text = alarmText(alarm, endpoints)
    if (this.#log === undefined) {
      this.#output.warn(text)
      return
    }
    const figures = { line: alarm.line < 0 ? null : lineName(alarm.line) }
    this.#log.note({ event: alarm.kind, text, figures })
  }

  /** Follows a feed, or what is built around one, until `end`. */
  followFeed(feed: object): void {
    const run = watchedRun(feed)
    const facts = run?.facts()
    if (this.#log === undefined || run === undefined || facts?.command !== 'receive') return
    const events = new ReceiveEvents(run.counters, facts, this.#log)
    this.#follow((atEnd) => events.look(atEnd))
  }

  /** Follows a sender until `end`. */
  followSender(stats: () => SenderFigures): void {
    if (this.#log === undefined) return
    const events = new SendEvents(stats, this.#log)
    this.#follow(() => events.look())
  }

  /** Tells what happened since the last look, and what was left out. */
  end(): void {
    clearInterval(this.#timer)
    this.#look?.(true)
    this.#look = undefined
    this.#log?.close()
  }

  #follow(look: (atEnd: boolean) => void): void {
    this.#look = look
    this.#timer = setInterval(() => look(false), LOOK_MS)
    this.#timer.unref()
  }

  #write(line: string): void {
    const write = () => process.stderr.write(`${line}\n`)
    if (this.#output.display === undefined) write()
    else this.#output.display.yieldTo(write)
  }
}
