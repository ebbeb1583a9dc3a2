import { HISTOGRAM_BYTES, Histogram } from '../../account/histogram.js'
import { NS_PER_MS, NS_PER_SECOND } from '../../foundation/units.js'
import { LeadCounts } from './lead-counts.js'
import { TimeBins } from './time-bins.js'

/** Sequences that are kept together. */
const BLOCK = 65_536
/** A block is judged when the newest sequence is so many blocks further: what comes later is too late. */
const BLOCKS_KEPT = 16
/** What the other line brought so long before this one began, or after it ended, says nothing of this one. */
const EDGE_NS = NS_PER_SECOND
/** Losses of a line that follow each other within so long are one burst. */
const BURST_NS = 100 * NS_PER_MS
const BURSTS_MAX = 1000

/** Messages of a line that are missing, close to each other. */
export interface LossBurst {
  readonly line: number
  readonly firstSequence: number
  lastSequence: number
  /** Of them, how many are missing on this line, and on both. */
  count: number
  onBoth: number
  /** When the other line brought the first and the last of them, or what came before; ns. */
  readonly firstNs: number
  lastNs: number
}

/** What has come of one run of the publisher. */
class RunBlocks {
  readonly blocks = new Map<number, readonly [Float64Array, Float64Array]>()
  readonly first = [Number.NaN, Number.NaN]
  readonly firstNs = [Number.NaN, Number.NaN]
  readonly last = [Number.NaN, Number.NaN]
  readonly lastNs = [Number.NaN, Number.NaN]
  newest = -1
  /** The block that is judged next; -1: none was. */
  next = -1
}

/**
 * Matches the messages of two lines by their sequences, and counts what each brought first, alone or not at
 * all. Pure: times are what they are given. Memory is bounded by what lies between the lines, and by 16 blocks.
 */
export class LineMatcher {
  readonly messages = [0, 0]
  readonly first = [0, 0]
  /** Brought by this line alone. */
  readonly alone = [0, 0]
  readonly lost = [0, 0]
  /** Brought by the other line before this one began, or after it ended. */
  readonly outside = [0, 0]
  readonly duplicates = [0, 0]
  readonly leads = [newHistogram(), newHistogram()] as const
  readonly leadCounts = new LeadCounts()
  readonly bins = new TimeBins()
  readonly bursts: LossBurst[] = []
  burstsLeftOut = 0
  expected = 0
  both = 0
  /** Brought by both at the same nanosecond; A counts as first. */
  together = 0
  lostOnBoth = 0
  readonly #runs = new Map<number, RunBlocks>()
  readonly #run = [0, 0]
  readonly #ended = [false, false]
  readonly #burst: (LossBurst | undefined)[] = [undefined, undefined]

  /** A line brought a message. @param ns on a clock that both lines have */
  add(line: number, sequence: number, ns: number): void {
    const run = this.#runOf(this.#run[line] ?? 0)
    const block = Math.floor(sequence / BLOCK)
    if (block < run.next) return
    let times = run.blocks.get(block)
    if (times === undefined) {
      times = [new Float64Array(BLOCK).fill(Number.NaN), new Float64Array(BLOCK).fill(Number.NaN)]
      run.blocks.set(block, times)
    }
    const own = times[line] as Float64Array
    const place = sequence - block * BLOCK
    if (!Number.isNaN(own[place])) {
      this.duplicates[line] = (this.duplicates[line] ?? 0) + 1
      return
    }
    own[place] = Number.isNaN(ns) ? 0 : ns
    if (!((run.first[line] as number) <= sequence)) {
      run.first[line] = sequence
      run.firstNs[line] = ns
    }
    if (!((run.last[line] as number) >= sequence)) {
      run.last[line] = sequence
      run.lastNs[line] = ns
    }
    this.#note(run, sequence)
  }

  /** A line has told that messages up to this one were sent. */
  noteSent(line: number, sequence: number): void {
    this.#note(this.#runOf(this.#run[line] ?? 0), sequence)
  }

  /** The publisher began again, as a line tells. */
  restart(line: number): void {
    this.#run[line] = (this.#run[line] ?? 0) + 1
    const oldest = Math.min(this.#run[0] ?? 0, this.#run[1] ?? 0)
    for (const [number, run] of this.#runs) {
      if (number < oldest) this.#close(number, run)
    }
  }

  /** A line brings nothing more. */
  end(line: number): void {
    this.#ended[line] = true
  }

  /** Judges what is left. */
  finish(): void {
    for (const [number, run] of [...this.#runs].sort(([a], [b]) => a - b)) this.#close(number, run)
    for (const line of [0, 1]) this.#endBurst(line)
    this.bursts.sort((a, b) => a.firstNs - b.firstNs)
  }

  /** How far a line is: by the publisher's run, then by sequence. For whoever has to decide which is behind. */
  isBehind(line: number): boolean {
    const other = 1 - line
    const own = this.#run[line] ?? 0
    const its = this.#run[other] ?? 0
    if (own !== its) return own < its
    const [last = Number.NaN, itsLast = Number.NaN] = [0, 1].map(
      (i) => this.#runOf(own).last[i === 0 ? line : other],
    )
    return Number.isNaN(last) || last <= itsLast
  }

  #runOf(number: number): RunBlocks {
    let run = this.#runs.get(number)
    if (run === undefined) {
      run = new RunBlocks()
      this.#runs.set(number, run)
    }
    return run
  }

  #note(run: RunBlocks, sequence: number): void {
    if (sequence <= run.newest) return
    run.newest = sequence
    const last = Math.floor(sequence / BLOCK) - BLOCKS_KEPT
    while (run.next < last) {
      if (run.next < 0) {
        const begin = Math.floor(firstOf(run) / BLOCK)
        if (!(begin < last)) return
        run.next = begin
      }
      this.#judge(run, run.next)
      run.next++
    }
  }

  #close(number: number, run: RunBlocks): void {
    this.#runs.delete(number)
    const begin = firstOf(run)
    if (Number.isNaN(begin)) return
    const from = Math.max(run.next, Math.floor(begin / BLOCK))
    for (let block = from; block <= Math.floor(run.newest / BLOCK); block++) this.#judge(run, block)
  }

  #judge(run: RunBlocks, block: number): void {
    const [a, b] = run.blocks.get(block) ?? [undefined, undefined]
    run.blocks.delete(block)
    const from = Math.max(firstOf(run), block * BLOCK)
    const to = Math.min(run.newest, block * BLOCK + BLOCK - 1)
    for (let sequence = from; sequence <= to; sequence++) {
      const place = sequence - block * BLOCK
      this.#judgeOne(run, sequence, a?.[place] ?? Number.NaN, b?.[place] ?? Number.NaN)
    }
  }

  #judgeOne(run: RunBlocks, sequence: number, aNs: number, bNs: number): void {
    this.expected++
    const hasA = !Number.isNaN(aNs)
    const hasB = !Number.isNaN(bNs)
    if (hasA) this.messages[0] = (this.messages[0] ?? 0) + 1
    if (hasB) this.messages[1] = (this.messages[1] ?? 0) + 1
    const { bins } = this
    if (hasA && hasB) {
      this.both++
      const lead = bNs - aNs
      this.leadCounts.add(lead)
      bins.add(Math.min(aNs, bNs), lead > 0 ? 'firstA' : lead < 0 ? 'firstB' : 'together')
      // Of equal times that of line A comes first, as everywhere.
      const line = lead >= 0 ? 0 : 1
      this.first[line] = (this.first[line] ?? 0) + 1
      if (lead === 0) this.together++
      else this.leads[line].record(Math.abs(lead))
      return
    }
    if (!hasA && !hasB) {
      this.lostOnBoth++
      const ns = this.#lastNs
      bins.add(ns, 'lostOnBoth')
      for (const line of [0, 1]) this.#lose(line, sequence, ns, true)
      return
    }
    const line = hasA ? 0 : 1
    const ns = hasA ? aNs : bNs
    this.#lastNs = ns
    this.first[line] = (this.first[line] ?? 0) + 1
    if (this.#isOutside(run, 1 - line, sequence, ns)) {
      this.outside[1 - line] = (this.outside[1 - line] ?? 0) + 1
      return
    }
    this.alone[line] = (this.alone[line] ?? 0) + 1
    bins.add(ns, line === 0 ? 'lostB' : 'lostA')
    this.#lose(1 - line, sequence, ns, false)
  }

  /** When a message came that was judged last. */
  #lastNs = Number.NaN

  #isOutside(run: RunBlocks, line: number, sequence: number, ns: number): boolean {
    const first = run.first[line] as number
    if (Number.isNaN(first)) return true
    if (sequence < first) return ns < (run.firstNs[line] as number) - EDGE_NS
    const ended = this.#ended[line] === true && sequence > (run.last[line] as number)
    return ended && ns > (run.lastNs[line] as number) + EDGE_NS
  }

  #lose(line: number, sequence: number, ns: number, onBoth: boolean): void {
    this.lost[line] = (this.lost[line] ?? 0) + 1
    const burst = this.#burst[line]
    if (burst !== undefined && ns - burst.lastNs <= BURST_NS && sequence > burst.lastSequence) {
      burst.lastSequence = sequence
      burst.count++
      burst.lastNs = ns
      if (onBoth) burst.onBoth++
      return
    }
    this.#endBurst(line)
    this.#burst[line] = {
      ...{ line, firstSequence: sequence, lastSequence: sequence, count: 1 },
      ...{ onBoth: onBoth ? 1 : 0, firstNs: ns, lastNs: ns },
    }
  }

  #endBurst(line: number): void {
    const burst = this.#burst[line]
    if (burst === undefined) return
    if (this.bursts.length < BURSTS_MAX) this.bursts.push(burst)
    else this.burstsLeftOut++
    this.#burst[line] = undefined
  }
}

/** The first sequence that any line brought; NaN: none did. */
function firstOf({ first: [a = Number.NaN, b = Number.NaN] }: RunBlocks): number {
  if (Number.isNaN(a)) return b
  return Number.isNaN(b) ? a : Math.min(a, b)
}

function newHistogram(): Histogram {
  return new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0)
}
