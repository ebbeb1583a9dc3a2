import { COUNTERS_HEADER, COUNTERS_STATE } from '../../account/counters-layout.js'
import { ErrorLog } from '../../account/error-log.js'
import { encodeFacts } from '../../account/facts-json.js'
import { TextWriter } from '../../account/text-section.js'
import type { TickwireError } from '../../foundation/errors.js'
import {
  closeCounters,
  openCounters,
  type RunCounters,
  sectionOf,
  setCountersState,
} from './run-counters.js'

/** Often enough for somebody who looks on, seldom enough to leave hot threads alone. */
const BEAT_MS = 100
/** Beats between two reports. */
const REPORT_BEATS = 10

/** What a keeper gets from the run that it is of. Its functions must not throw. */
export interface KeptRun {
  /** Copies figures that lie elsewhere, such as those of rings, to where they are counted. */
  refresh(): void
  /** What does not change while messages flow; with it and the counters a report can be made elsewhere. */
  facts(): unknown
  /** A report of what has happened so far. */
  report(): unknown
  /** All that was said so far. */
  warnings(): readonly string[]
}

/** Counters of runs that are at work, to be closed if the process exits without ending them. */
const kept = new Set<RunCounters>()
/** Whether the process ends for an exception that nobody caught: what was counted is then evidence. */
let crashed = false
process.on('uncaughtExceptionMonitor', () => {
  crashed = true
})
process.on('exit', () => {
  if (!crashed) for (const counters of kept) closeCounters(counters)
})

/**
 * Keeps the counters of a run for those who look on from outside: a heartbeat, what is copied into them,
 * the facts and a report now and then. For the thread that begins the run; nothing here costs a hot thread
 * anything.
 */
export class CountersKeeper {
  readonly #counters: RunCounters
  readonly #run: KeptRun
  readonly #header: DataView
  readonly #facts: TextWriter
  readonly #report: TextWriter
  readonly #errors: ErrorLog
  readonly #timer: NodeJS.Timeout
  #beats = 0
  #warningsNoted = 0
  #factsWritten = ''

  constructor(counters: RunCounters, run: KeptRun) {
    this.#counters = counters
    this.#run = run
    const memory = openCounters(counters)
    this.#header = new DataView(memory)
    const text = (label: string) => {
      const { offset, bytes } = sectionOf(counters, label)
      return new TextWriter(memory, offset, bytes)
    }
    this.#facts = text('facts')
    this.#report = text('report')
    this.#errors = new ErrorLog(memory, sectionOf(counters, 'errors').offset)
    kept.add(counters)
    this.#beat()
    setCountersState(counters, COUNTERS_STATE.working)
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
    this.#timer.unref()
  }

  /** Path of the file that others can read; null if there is none. */
  get file(): string | null {
    return this.#counters.file
  }

  noteError(error: TickwireError): void {
    this.#errors.note(`${error.code}: ${error.what}`, Date.now())
  }

  /** The run is over; its last figures stand. Removes the file. */
  end(): void {
    if (!kept.delete(this.#counters)) return
    clearInterval(this.#timer)
    this.#run.refresh()
    closeCounters(this.#counters)
  }

  #beat(): void {
    this.#header.setFloat64(COUNTERS_HEADER.heartbeatMs, Date.now(), true)
    this.#run.refresh()
    if (this.#counters.file === null) return
    const warnings = this.#run.warnings()
    while (this.#warningsNoted < warnings.length) {
      this.#errors.note(warnings[this.#warningsNoted++], Date.now())
    }
    if (this.#beats++ % REPORT_BEATS !== 0) return
    this.#report.write(JSON.stringify(this.#run.report()))
    const facts = encodeFacts(this.#run.facts())
    if (facts !== this.#factsWritten && this.#facts.write(facts)) this.#factsWritten = facts
  }
}
