import {
  COUNTERS_STATE,
  type CountersHeader,
  layOutCounters,
  type PlacedSection,
  readCountersHeader,
  sectionDoubles,
} from '../account/counters-layout.js'
import { type LoggedError, readErrorLog } from '../account/error-log.js'
import { decodeFacts } from '../account/facts-json.js'
import { HISTOGRAM_BYTES, Histogram, type HistogramSnapshot } from '../account/histogram.js'
import { type LossRow, readLossLog } from '../account/loss-log.js'
import { readText } from '../account/text-section.js'
import { type BookTop, copyTop, symbolOfTop } from '../account/top-section.js'
import { type ReceiveFacts, type ReceiveReport, receiveReport } from '../run/feed/receive-report.js'
import {
  copyCountersFile,
  countersFiles,
  countersFolder,
  isProcessAlive,
  withCountersFile,
} from '../run/memory/counters-file.js'
import { feedTable } from '../run/memory/feed-data.js'
import type { RunCounters } from '../run/memory/run-counters.js'
import { sendTable } from '../run/memory/send-counters.js'
import { type SendFacts, type SendReport, sendReport } from '../run/transmission/send-report.js'
import { LOSS_REASONS } from '../sequence/gap-table.js'
import { isWhole } from './report-text.js'

/**
 * Reads what runs of this and other processes count, without disturbing them: `docs/counters.md` says what
 * lies in a file. Everything that looks on from outside is built on this.
 *
 * ```ts
 * for (const file of findCounters()) {          // or findCounters('4711'), findCounters('/path/to/file')
 *   const run = readCounters(file)              // a copy of this moment; undefined: it is gone, or no such file
 *   if (run === undefined) continue
 *   run.processId; run.alive; run.heartbeatAgeMs
 *   run.report                                  // as `receive` or `send` reports, of this moment
 *   run.threads                                 // turns, longest turn, … of each hot thread
 *   run.losses; run.errors
 *   run.tops                                    // of the books that --publish-top chose
 *   run.counters('feed')?.delivered             // any counter by its section's label and its name
 *   run.histogram('latency')?.percentile(99)
 * }
 * ```
 *
 * To show rates, call `readCounters` again and again: each call copies the file by read(2), some hundred
 * microseconds for half a megabyte, and no thread of the run notices. Labels of a receiving run: `feed`;
 * `reader N` and `line N` for each line (what its handling side and its receiver counted, the ring's figures
 * among the latter); the histograms `latency`, `recovery`, `stage …`, `lead N`; `thread NAME`. Of a sending one:
 * `sender`, `line N`, `pace error`, `retransmission`, `thread sender`.
 */
export interface RunReading {
  readonly file: string
  readonly processId: number
  /** Whether the process that wrote it is there, by its id and the time of its start. */
  readonly alive: boolean
  /** When the run began, in ms since 1970. */
  readonly startedMs: number
  /** How long ago its starting thread gave a sign of life; of a process that is gone, until now. */
  readonly heartbeatAgeMs: number
  /** From when counters called `…Ns` count, in s since 1970. */
  readonly epochSeconds: number
  /** What the run is: its options, endpoints and the like; null if it has not told yet. */
  readonly facts: ReceiveFacts | SendFacts | null
  /**
   * Of the counters of this moment; of a run of another version of Tickwire the last one that it wrote, up
   * to a second old. Null if there is none yet, or it lacks what a report of this version has.
   */
  readonly report: ReceiveReport | SendReport | null
  /** Whether `report` is of the counters of this moment. */
  readonly current: boolean
  /** What another version reported, where that lacks what a report of this one has; else null. */
  readonly otherReport: object | null
  readonly threads: readonly ThreadReading[]
  readonly losses: readonly LossReading[]
  /** Bursts of losses that are not in `losses` any more, since newer ones took their place. */
  readonly lossesLeftOut: number
  readonly errors: readonly LoggedError[]
  /** The tops of books that are published, in the order in which they were chosen. */
  readonly tops: readonly BookTop[]
  /** The counters of a section, by their names; undefined if there is none of that label. */
  counters(label: string): Readonly<Record<string, number>> | undefined
  /** A distribution; undefined if there is none of that label. */
  histogram(label: string): HistogramSnapshot | undefined
}

/** What a hot thread said of itself. */
export interface ThreadReading {
  readonly name: string
  /** Whether it turns: between its readiness and its end. */
  readonly running: boolean
  readonly turns: number
  readonly busyTurns: number
  readonly longestTurnNs: number
  /** Turns of more than a millisecond. */
  readonly longTurns: number
  /** Parts of its time, 0 to 1, in turns that did something, and asleep; null: it has not turned, or never sleeps. */
  readonly busyShare: number | null
  readonly parkedShare: number | null
  /** Garbage collections since its first work; null where nobody counts them. */
  readonly collections: number | null
  /** Since it last looked at the clock, which it does every few turns; null if it never did. */
  readonly lastTurnAgeMs: number | null
}

/** A burst of losses. */
export interface LossReading {
  /** Index of the line that it is of; null: the feed's. */
  readonly line: number | null
  readonly endpoint: string | null
  /** As the keys of the ledger's `lost`. */
  readonly cause: string
  readonly firstSequence: number
  readonly lastSequence: number
  readonly count: number
  /** Since 1970. */
  readonly firstMs: number
  readonly lastMs: number
}

/**
 * Files of counters.
 *
 * @param target a process id, or the path of a file; undefined: all of this user
 */
export function findCounters(target?: string): string[] {
  if (target === undefined) return countersFiles()
  if (!/^\d+$/.test(target)) return [target]
  const folder = countersFolder()
  return countersFiles(folder).filter((file) => file.startsWith(`${folder}/${target}-`))
}

/** What stands in a file at this moment; undefined if it cannot be read, or is no file of counters. */
export function readCounters(file: string): RunReading | undefined {
  const memory = copyCountersFile(file)
  if (memory === undefined) return undefined
  const header = readCountersHeader(memory)
  if (header === undefined || header.state === COUNTERS_STATE.making) return undefined
  return new Reading(file, memory, header)
}

class Reading implements RunReading {
  readonly file: string
  readonly processId: number
  readonly alive: boolean
  readonly startedMs: number
  readonly heartbeatAgeMs: number
  readonly epochSeconds: number
  readonly facts: ReceiveFacts | SendFacts | null
  readonly report: ReceiveReport | SendReport | null
  readonly current: boolean
  readonly otherReport: object | null
  readonly threads: readonly ThreadReading[]
  readonly losses: readonly LossReading[]
  readonly lossesLeftOut: number
  readonly errors: readonly LoggedError[]
  readonly tops: readonly BookTop[]
  readonly #memory: ArrayBuffer
  readonly #header: CountersHeader
  readonly #nowMs = Date.now()

  constructor(file: string, memory: ArrayBuffer, header: CountersHeader) {
    this.file = file
    this.#memory = memory
    this.#header = header
    this.processId = header.processId
    this.startedMs = header.startedMs
    this.epochSeconds = header.epochSeconds
    this.alive = isProcessAlive(header.processId, header.processStart)
    this.heartbeatAgeMs = this.#ageMs(header.heartbeatMs)
    this.facts = (decodeFacts(this.#text('facts') ?? '') ?? null) as RunReading['facts']
    const report = this.#reportOfCounters()
    this.current = report !== null
    const written = report === null ? this.#writtenReport() : null
    const whole = written !== null && isWhole(written)
    this.report = report ?? (whole ? written : null)
    this.otherReport = whole ? null : written
    this.threads = this.#readThreads()
    const { losses, leftOut } = this.#readLosses()
    this.losses = losses
    this.lossesLeftOut = leftOut
    const errors = this.#section('errors')
    this.errors = errors === undefined ? [] : readErrorLog(memory, errors.offset)
    this.tops = this.#readTops()
  }

  counters(label: string): Readonly<Record<string, number>> | undefined {
    const section = this.#section(label)
    if (section?.kind !== 'counters') return undefined
    const values = sectionDoubles(this.#memory, section)
    const named = Object.entries(section.fields ?? {}).map(([name, i]) => [name, values[i]])
    return Object.fromEntries(named) as Record<string, number>
  }

  histogram(label: string): HistogramSnapshot | undefined {
    const section = this.#section(label)
    if (section?.kind !== 'histogram' || section.bytes !== HISTOGRAM_BYTES) return undefined
    return new Histogram(this.#memory, section.offset).snapshot()
  }

  #section(label: string): PlacedSection | undefined {
    return this.#header.sections.find((section) => section.label === label)
  }

  #text(label: string): string | undefined {
    const section = this.#section(label)
    if (section?.kind !== 'text') return undefined
    return readText(this.#memory, section.offset, section.bytes)
  }

  #ageMs(ms: number): number {
    return Math.max(0, Math.round(this.#nowMs - ms))
  }

  #sinceEpochMs(ns: number): number {
    return this.epochSeconds * 1000 + ns / 1e6
  }

  /** Null if the run is of a version that lays its counters out in another way. */
  #reportOfCounters(): ReceiveReport | SendReport | null {
    try {
      return this.facts === null ? null : this.#makeReport(this.facts)
    } catch {
      // Facts that another version wrote may lack what this one asks of them.
      return null
    }
  }

  #makeReport(facts: ReceiveFacts | SendFacts): ReceiveReport | SendReport | null {
    const table =
      facts.command === 'receive'
        ? feedTable(facts.plan, facts.transport)
        : sendTable(facts.endpoints.length, facts.retransmitEndpoint !== null)
    const layout = layOutCounters(table)
    if (JSON.stringify(layout.sections) !== JSON.stringify(this.#header.sections)) return null
    const memory = new SharedArrayBuffer(layout.bytes)
    new Uint8Array(memory).set(new Uint8Array(this.#memory, 0, layout.bytes))
    const counters: RunCounters = { layout, file: null, id: this.file, memory }
    return facts.command === 'receive'
      ? receiveReport({ ...facts, counters }, facts.facts)
      : sendReport(counters, facts)
  }

  #writtenReport(): ReceiveReport | SendReport | null {
    const text = this.#text('report')
    return text === undefined ? null : ((decodeFacts(text) ?? null) as RunReading['report'])
  }

  /** Read anew, since a copy of the whole file may have been made in the midst of a change. */
  #readTops(): readonly BookTop[] {
    const sections = this.#header.sections.filter(({ kind }) => kind === 'top')
    if (sections.length === 0) return []
    const tops = withCountersFile(this.file, (copyBytes) =>
      sections.map(({ label, offset }) =>
        copyTop(symbolOfTop(label), (at, bytes) => copyBytes(offset + at, bytes)),
      ),
    )
    return (tops ?? []).filter((top) => top !== undefined)
  }

  #readThreads(): ThreadReading[] {
    const prefix = 'thread '
    const labels = this.#header.sections.map(({ label }) => label)
    return labels
      .filter((label) => label.startsWith(prefix))
      .map((label) => {
        const counters = { ...NO_TURNS, ...this.counters(label) }
        const { running, turns, busyTurns, longestTurnNs, longTurns, lastTurnNs } = counters
        const totalNs = counters.busyNs + counters.restedNs
        const share = (ns: number) => (totalNs > 0 ? ns / totalNs : null)
        return {
          name: label.slice(prefix.length),
          running: running === 1,
          ...{ turns, busyTurns, longestTurnNs, longTurns },
          busyShare: share(counters.busyNs),
          parkedShare: counters.sleeps === 1 ? share(counters.restedNs) : null,
          collections: counters.collectionsCounted === 1 ? counters.collections : null,
          lastTurnAgeMs: lastTurnNs === 0 ? null : this.#ageMs(this.#sinceEpochMs(lastTurnNs)),
        }
      })
  }

  #readLosses(): { readonly losses: readonly LossReading[]; readonly leftOut: number } {
    const section = this.#section('losses')
    if (section?.kind !== 'losses') return { losses: [], leftOut: 0 }
    const { rows, rowsEver } = readLossLog(this.#memory, section.offset)
    return { losses: rows.map((row) => this.#loss(row)), leftOut: rowsEver - rows.length }
  }

  #loss(row: LossRow): LossReading {
    const { firstSequence, lastSequence, count } = row
    const line = row.line < 0 ? null : row.line
    const endpoint = line === null ? null : (this.report?.lines[line]?.endpoint ?? null)
    return {
      ...{ line, endpoint },
      cause: LOSS_REASONS[row.cause] ?? 'unknown',
      ...{ firstSequence, lastSequence, count },
      firstMs: this.#sinceEpochMs(row.firstNs),
      lastMs: this.#sinceEpochMs(row.lastNs),
    }
  }
}

const NO_TURNS = {
  ...{ running: 0, turns: 0, busyTurns: 0, longestTurnNs: 0, longTurns: 0, lastTurnNs: 0 },
  ...{ busyNs: 0, restedNs: 0, sleeps: 0, collections: 0, collectionsCounted: 0 },
}
