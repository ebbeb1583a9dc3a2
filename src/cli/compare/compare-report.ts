import { type LatencySummary, summarize } from '../../account/histogram.js'
import type { Losses } from '../../account/ledger.js'
import type { LineMatcher, LossBurst } from './line-matcher.js'

/** Losses of a line that are close to each other. */
export interface BurstReport {
  /** The line's index: 0 is A. */
  readonly line: number
  readonly firstSequence: number
  readonly lastSequence: number
  /** Messages that this line lost, and how many of them the other one lost too. */
  readonly count: number
  readonly lostOnBoth: number
  /** When the other line brought what is missing, ns since 1970. */
  readonly firstNs: string | null
  readonly lastNs: string | null
}

export interface ComparedLine {
  readonly endpoint: string
  /** Different messages that it brought; duplicates are counted apart. */
  readonly messages: number
  readonly duplicates: number
  /** Messages of the feed that it should have brought, and did not. */
  readonly lost: number
  /** The same in percent of what it should have brought; null if that was nothing. */
  readonly lostPercent: number | null
  /** By cause, as the line's own account has them: it knows of no message behind its last one. */
  readonly lostBy: Losses
  /** Brought by this line alone: what the other lost. */
  readonly alone: number
  /** Brought by this line before the other, or alone; in percent of what any line brought. */
  readonly firstToArrive: number
  readonly firstToArrivePercent: number | null
  /** By how much it was ahead with what it brought first. */
  readonly leadNs: LatencySummary
  /** Messages of the time before this line began, or after it ended. */
  readonly outside: number
  readonly datagrams: number
  readonly warnings: readonly string[]
}

/** What `tickwire compare` tells. */
export interface CompareReport {
  readonly command: 'compare'
  readonly framing: string
  readonly transport: string
  /** Messages of the feed, as far as the two lines tell. */
  readonly expected: number
  readonly lines: readonly ComparedLine[]
  /** Brought by both; of those at the same nanosecond. */
  readonly both: number
  readonly together: number
  readonly lostOnBoth: number
  /** Lost on one line, and brought by the other: what listening to both saves. */
  readonly saved: number
  readonly bursts: readonly BurstReport[]
  readonly burstsLeftOut: number
  /** From the first to the last message that any line brought, on the time of its arrival. */
  readonly seconds: number | null
  readonly endedBy: unknown
  readonly html: string | null
}

/** What is known of a line besides its messages. */
export interface LineFacts {
  readonly endpoint: string
  readonly datagrams: number
  readonly lostBy: Losses
  readonly warnings: readonly string[]
}

/** @param epochSeconds from which the matcher's times count */
export function compareReport(
  matcher: LineMatcher,
  facts: readonly LineFacts[],
  epochSeconds: number,
): Omit<CompareReport, 'command' | 'framing' | 'transport' | 'endedBy' | 'html'> {
  const { bins, expected, both, together, lostOnBoth, burstsLeftOut } = matcher
  const brought = expected - lostOnBoth
  const lines = facts.map((fact, line): ComparedLine => {
    const of = (counts: readonly number[]) => counts[line] ?? 0
    const due = expected - of(matcher.outside)
    return {
      endpoint: fact.endpoint,
      messages: of(matcher.messages),
      duplicates: of(matcher.duplicates),
      lost: of(matcher.lost),
      lostPercent: percent(of(matcher.lost), due),
      lostBy: fact.lostBy,
      alone: of(matcher.alone),
      firstToArrive: of(matcher.first),
      firstToArrivePercent: percent(of(matcher.first), brought),
      leadNs: summarize(matcher.leads[line === 0 ? 0 : 1].snapshot()),
      outside: of(matcher.outside),
      datagrams: fact.datagrams,
      warnings: fact.warnings,
    }
  })
  return {
    ...{ expected, lines, both, together, lostOnBoth },
    saved: lines.reduce((sum, { alone }) => sum + alone, 0),
    bursts: matcher.bursts.map((burst) => burstReport(burst, epochSeconds)),
    burstsLeftOut,
    seconds: Number.isNaN(bins.startNs) ? null : (bins.bins().length * bins.widthNs) / 1e9,
  }
}

function burstReport(burst: LossBurst, epochSeconds: number): BurstReport {
  const { line, firstSequence, lastSequence, count, onBoth } = burst
  return {
    ...{ line, firstSequence, lastSequence, count, lostOnBoth: onBoth },
    firstNs: unixNs(burst.firstNs, epochSeconds),
    lastNs: unixNs(burst.lastNs, epochSeconds),
  }
}

export function unixNs(ns: number, epochSeconds: number): string | null {
  if (Number.isNaN(ns)) return null
  return String(BigInt(epochSeconds) * 1_000_000_000n + BigInt(Math.round(ns)))
}

/** With three decimals; null of nothing. */
function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1e5) / 1e3
}
