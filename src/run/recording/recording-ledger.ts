import { type Ledger, ledgerOf } from '../../account/ledger.js'
import { RECORDER, type RecorderCounts, recorderCounts } from '../../account/recorder-counters.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import type { RecordedLoss } from '../../record/record-ring.js'
import { LOSS_REASONS } from '../../sequence/gap-table.js'
import { type LineReport, receiveReport } from '../feed/receive-report.js'
import { type FeedData, recorderCountersOf } from '../memory/feed-data.js'

/** Messages that are missing in a recording, as its ledger names them. */
export interface RecordedGap {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly count: number
  /** As the keys of the ledger's `lost`. */
  readonly cause: string
  /** Index of the line that they were lost on; null: on all of the feed's. */
  readonly line: number | null
  /** When they were declared lost, ns since 1970. */
  readonly atNs: string
}

/** What stands beside a file of a recording, besides its own figures. */
export interface RecordingAccount {
  readonly name: string
  readonly framing: string
  readonly protocol: string
  /** Of the time in which the file was written. */
  readonly ledger: Ledger
  readonly gaps: readonly RecordedGap[]
  /** Losses of that time that are not listed, for there were more than 10,000. */
  readonly gapsLeftOut: number
  readonly recorded: number
  readonly notRecorded: RecorderCounts['notRecorded']
  readonly lines: readonly Pick<
    LineReport,
    'endpoint' | 'datagrams' | 'kernelDrops' | 'ringDrops' | 'messages'
  >[]
  /** The ledger of the run up to then. */
  readonly runLedger: Ledger
}

/** What had been counted when a file was begun. */
interface Before {
  readonly report: ReturnType<typeof receiveReport>
  readonly counts: RecorderCounts
  readonly lossesLeftOut: number
}

const GAPS_MAX = 10_000

/** Makes the account beside each file of a recording from the run's counters. For the recorder's thread. */
export class RecordingLedger {
  /** With the ports that were bound. */
  endpoints: readonly string[]
  readonly #data: FeedData
  #before: Before | undefined
  #gaps: RecordedGap[] = []
  #gapsBeyond = 0
  /** As it was told last. */
  #last: Before | undefined

  constructor(data: FeedData) {
    this.#data = data
    this.endpoints = data.plan.endpoints.map(({ url }) => url)
  }

  /** @param begun whether another file begins now, to which only what follows belongs */
  describe(begun: boolean): RecordingAccount {
    const report = this.#report()
    const counts = recorderCounts(recorderCountersOf(this.#data))
    const lossesLeftOut = recorderCountersOf(this.#data)[RECORDER.lossesLeftOut]
    const now: Before = { report, counts, lossesLeftOut }
    // What the last file's account has not told belongs to the one that begins.
    if (begun) {
      this.#before = this.#last ?? now
      this.#gaps = []
      this.#gapsBeyond = 0
    }
    const before = this.#before ?? now
    this.#last = now
    return {
      name: report.name,
      framing: report.framing,
      protocol: report.protocol,
      ledger: difference(report.ledger, before.report.ledger),
      gaps: this.#gaps,
      gapsLeftOut: this.#gapsBeyond + lossesLeftOut - before.lossesLeftOut,
      recorded: counts.recorded - before.counts.recorded,
      notRecorded: differences(counts.notRecorded, before.counts.notRecorded),
      lines: report.lines.map((line, i) => {
        const old = before.report.lines[i] ?? line
        return {
          endpoint: line.endpoint,
          datagrams: line.datagrams - old.datagrams,
          kernelDrops: less(line.kernelDrops, old.kernelDrops),
          ringDrops: line.ringDrops - old.ringDrops,
          messages: differences(line.messages, old.messages),
        }
      }),
      runLedger: report.ledger,
    }
  }

  /** Notes what was declared lost while the present file is written. */
  addLoss({ line, cause, ns, first, count }: RecordedLoss): void {
    if (this.#gaps.length === GAPS_MAX) {
      this.#gapsBeyond++
      return
    }
    this.#gaps.push({
      ...{ firstSequence: first, lastSequence: first + count - 1, count },
      cause: LOSS_REASONS[cause] ?? 'unknown',
      line,
      atNs: this.#unixNs(ns),
    })
  }

  #report() {
    return receiveReport(this.#data, {
      running: true,
      bound: [],
      urls: this.endpoints,
      hosts: [],
      collections: { receiver: null, handler: null },
      warnings: [],
      profile: null,
      files: null,
      endedBy: null,
    })
  }

  #unixNs(ns: number): string {
    const epoch = BigInt(this.#data.epoch.unixSeconds) * BigInt(NS_PER_SECOND)
    return String(epoch + BigInt(Math.round(ns)))
  }
}

/** What was accounted for between two moments; messages that are on their way are in neither. */
function difference(now: Ledger, before: Ledger): Ledger {
  const { total: _, ...lost } = now.lost
  return ledgerOf({
    expected: now.expected - before.expected,
    delivered: now.delivered - before.delivered,
    skipped: now.skipped - before.skipped,
    lost: differences(lost, before.lost),
    duplicates: now.duplicates - before.duplicates,
    recovered: now.recovered - before.recovered,
  })
}

/** Of two objects of counts the difference of each; what is not known stays null. */
function differences<Counts extends object>(now: Counts, before: object): Counts {
  const old = before as Readonly<Record<string, number | null>>
  return Object.fromEntries(
    Object.entries(now).map(([key, value]) => [
      key,
      less(value as number | null, old[key] ?? null),
    ]),
  ) as Counts
}

function less(now: number | null, before: number | null): number | null {
  return now === null ? null : now - (before ?? 0)
}
