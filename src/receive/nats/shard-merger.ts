import {
  type BatchFacts,
  type BatchFraming,
  MISSING_CAUSES,
} from '../../wire/bridged/batch-headers.js'
import { ENVELOPE_EVENT } from '../../wire/bridged/bridged-framing.js'
import { datagramsOfPart } from '../../wire/bridged/part-body.js'
import { createFraming } from '../../wire/create-framing.js'
import { DATAGRAM, type Framing } from '../../wire/framing.js'
import { causesOf, NETWORK, type StitchCounts, type Stitched, Stitcher } from './stitcher.js'

/** Messages that follow one another, as a datagram. */
interface Item {
  readonly first: number
  readonly end: number
  readonly body: Uint8Array
  readonly facts: BatchFacts
}

/** What the bridge said is missing. */
interface Miss {
  readonly first: number
  readonly end: number
  readonly causes: readonly number[]
}

interface Told {
  readonly at: number
  readonly event: number
}

/** What is known of one run in one shard, behind what was handed out. */
interface LaneRun {
  readonly run: number
  /** Where it begins, and up to where the shard's parts tell of it. */
  readonly begin: number
  covered: number
  readonly items: Item[]
  readonly misses: Miss[]
  readonly events: Told[]
}

/** One shard: its parts stand for all sequences of the feed, one behind the other. */
interface Lane {
  readonly stitcher: Stitcher
  readonly runs: LaneRun[]
}

/**
 * Puts the parts of a feed's shards together again: each message once, in the order of the feed. Or reads one
 * shard alone: then what its parts stand for and do not hold is elsewhere. Pure, as `Stitcher` is, which puts
 * the parts of each shard in order.
 *
 * ```
 *   shard 0   [ 1 . 3 . . 6 ] [ . 8 . . ]            . : in another shard
 *   shard 1   [ . 2 . 4 5 . ]                        up to here, 6, both have told
 *   feed        1 2 3 4 5 6
 * ```
 *
 * Up to where all shards have told of the feed, a message that none of them holds is missing.
 */
export class ShardMerger {
  run = Number.NaN
  readonly #lanes: readonly Lane[]
  readonly #shard: number | undefined
  readonly #out: Stitched[] = []
  #framing: Framing | undefined
  #next = Number.NaN
  /** From where on messages are in other shards, and nothing has told so yet. */
  #elsewhere = Number.NaN

  /**
   * @param shard the one that is read; undefined: all
   * @param from as `Stitcher` has it
   */
  constructor(shards: number, shard: number | undefined, from: number) {
    this.#shard = shard
    this.#lanes = Array.from({ length: shard === undefined ? shards : 1 }, () => ({
      stitcher: new Stitcher(from),
      runs: [],
    }))
  }

  get counts(): StitchCounts {
    const sum: StitchCounts = { duplicates: 0, holesFilled: 0, holesLeft: 0, healed: 0 }
    for (const { stitcher } of this.#lanes) {
      sum.duplicates += stitcher.counts.duplicates
      sum.holesFilled += stitcher.counts.holesFilled
      sum.holesLeft += stitcher.counts.holesLeft
      sum.healed += stitcher.counts.healed
    }
    return sum
  }

  /** Takes the next part of the stream. @returns what comes next of the feed, once */
  take(facts: BatchFacts, body: Uint8Array, nowMs: number): readonly Stitched[] {
    const index = this.#shard === undefined ? facts.part?.index : 0
    const lane = index === undefined ? undefined : this.#lanes[index]
    if (lane === undefined) return []
    this.#keep(lane, lane.stitcher.take(facts, body, nowMs))
    return this.#drain(false)
  }

  tick(nowMs: number): readonly Stitched[] {
    for (const lane of this.#lanes) this.#keep(lane, lane.stitcher.tick(nowMs))
    return this.#drain(false)
  }

  flush(nowMs: number): readonly Stitched[] {
    for (const lane of this.#lanes) this.#keep(lane, lane.stitcher.flush(nowMs))
    return this.#drain(true)
  }

  #keep(lane: Lane, stitched: readonly Stitched[]): void {
    for (const { envelope, body, facts } of stitched) {
      if (facts === undefined) continue
      const own = laneRun(lane, envelope.run, envelope.reached)
      const { reached, first, missing, event } = envelope
      if (first > reached) own.misses.push({ first: reached, end: first, causes: missing })
      if (event !== ENVELOPE_EVENT.none) own.events.push({ at: first, event })
      for (const item of this.#itemsOf(facts, body)) own.items.push(item)
      own.covered = Math.max(own.covered, facts.first + facts.count)
    }
  }

  #itemsOf(facts: BatchFacts, body: Uint8Array): Item[] {
    const framing = this.#framingOf(facts.framing)
    const items: Item[] = []
    for (const datagram of datagramsOfPart(body)) {
      const bytes = new DataView(datagram.buffer, datagram.byteOffset, datagram.length)
      if (framing.open(bytes, 0, datagram.length) !== DATAGRAM.messages) continue
      // Sequences of `raw` have 32 bits, and wrap.
      const wrap = 2 ** Math.min(framing.sequenceBits, 32)
      const ahead = (framing.sequence - facts.first) % wrap
      const first = facts.first + (ahead < 0 ? ahead + wrap : ahead)
      items.push({ first, end: first + framing.messageCount, body: datagram, facts })
    }
    return items
  }

  #framingOf(name: BatchFraming): Framing {
    this.#framing ??= createFraming(name)
    return this.#framing
  }

  #drain(final: boolean): readonly Stitched[] {
    this.#out.length = 0
    if (Number.isNaN(this.run) && !this.#begin(final)) return []
    for (;;) {
      this.#advance(this.#limit(final))
      if (!this.#nextRun(final)) break
    }
    this.#tellElsewhere()
    return this.#out.splice(0)
  }

  /** Begins where all shards have something: in the highest run that one begins with. */
  #begin(final: boolean): boolean {
    let run = Number.NEGATIVE_INFINITY
    for (const { runs } of this.#lanes) run = Math.max(run, runs[0]?.run ?? run)
    for (const { runs } of this.#lanes)
      while (runs[0] !== undefined && runs[0].run < run) runs.shift()
    const begun = this.#lanes.flatMap(({ runs }) => (runs[0]?.run === run ? [runs[0].begin] : []))
    if (begun.length === 0 || (begun.length < this.#lanes.length && !final)) return false
    this.#enter(run, Math.max(...begun))
    return true
  }

  #enter(run: number, next: number): void {
    this.run = run
    this.#next = next
    this.#elsewhere = next
    this.#put(ENVELOPE_EVENT.none, next, undefined)
  }

  /** Up to where the present run can be handed out. */
  #limit(final: boolean): number {
    let all = Number.NEGATIVE_INFINITY
    let open = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      const own = this.#runOf(lane)
      const covered = own?.covered ?? this.#next
      all = Math.max(all, covered)
      // A shard that has gone on to the next run has told all of this one.
      if (!this.#hasLater(lane)) open = Math.min(open, covered)
    }
    return final || open === Number.POSITIVE_INFINITY ? all : open
  }

  /** Goes on with the next run if all shards have; false: not yet. */
  #nextRun(final: boolean): boolean {
    const later = this.#lanes.filter((lane) => this.#hasLater(lane))
    if (later.length === 0 || (later.length < this.#lanes.length && !final)) return false
    this.#tellElsewhere()
    for (const { runs } of this.#lanes) {
      while (runs[0] !== undefined && runs[0].run <= this.run) runs.shift()
    }
    const heads = this.#lanes.flatMap(({ runs }) => runs.slice(0, 1))
    const run = Math.min(...heads.map((head) => head.run))
    const begins = heads.filter((head) => head.run === run).map(({ begin }) => begin)
    this.#enter(run, Math.min(...begins))
    return true
  }

  #hasLater({ runs }: Lane): boolean {
    return (runs.at(-1)?.run ?? 0) > this.run
  }

  #runOf({ runs }: Lane): LaneRun | undefined {
    return runs.find(({ run }) => run === this.run)
  }

  #advance(limit: number): void {
    const lanes = this.#lanes.flatMap((lane) => this.#runOf(lane) ?? [])
    for (;;) {
      this.#tellEvents(lanes)
      const next = this.#next
      if (next >= limit) return
      let from = limit
      let here: Item | undefined
      for (const { items } of lanes) {
        while (items[0] !== undefined && items[0].end <= next) items.shift()
        const [item] = items
        if (item === undefined) continue
        if (item.first <= next) here ??= item
        else from = Math.min(from, item.first)
      }
      if (here !== undefined) this.#deliver(here)
      else this.#pass(lanes, Math.min(from, this.#nextEvent(lanes)))
    }
  }

  #deliver(item: Item): void {
    this.#put(ENVELOPE_EVENT.none, this.#next, item)
    this.#next = item.end
    this.#elsewhere = item.end
  }

  /** No shard that is read holds what comes next, up to `end`. */
  #pass(lanes: readonly LaneRun[], end: number): void {
    const next = this.#next
    let to = end
    let miss: Miss | undefined
    for (const { misses } of lanes) {
      while (misses[0] !== undefined && misses[0].end <= next) misses.shift()
      const [first] = misses
      if (first === undefined) continue
      if (first.first <= next) miss ??= first
      else to = Math.min(to, first.first)
    }
    if (miss === undefined && this.#shard !== undefined) {
      this.#next = to
      return
    }
    to = Math.min(to, miss?.end ?? to)
    this.#tellElsewhere()
    this.#next = to
    this.#putEmpty(next, to, causesOf(to - next, miss?.causes, NETWORK))
    this.#elsewhere = to
  }

  #tellEvents([first]: readonly LaneRun[]): void {
    while (first?.events[0] !== undefined && first.events[0].at <= this.#next) {
      const { event } = first.events.shift() as Told
      this.#tellElsewhere()
      this.#put(event, this.#next, undefined)
    }
  }

  #nextEvent([first]: readonly LaneRun[]): number {
    return first?.events[0]?.at ?? Number.POSITIVE_INFINITY
  }

  #tellElsewhere(): void {
    if (!(this.#elsewhere < this.#next)) return
    this.#put(ENVELOPE_EVENT.none, this.#next, undefined)
    this.#elsewhere = this.#next
  }

  /** Before it comes what is elsewhere and was not told yet. */
  #put(event: number, first: number, item: Item | undefined): void {
    this.#out.push({
      envelope: {
        event,
        skip: item === undefined ? 0 : first - item.first,
        run: this.run,
        reached: this.#elsewhere,
        first,
        missing: NOTHING_MISSING,
        skipped: 0,
        elsewhere: first - this.#elsewhere,
      },
      body: item?.body ?? EMPTY,
      facts: item?.facts,
    })
  }

  #putEmpty(reached: number, first: number, missing: readonly number[]): void {
    const { run } = this
    this.#out.push({
      envelope: { event: ENVELOPE_EVENT.none, skip: 0, run, reached, first, missing, skipped: 0 },
      body: EMPTY,
      facts: undefined,
    })
  }
}

const EMPTY = new Uint8Array(0)
const NOTHING_MISSING: readonly number[] = MISSING_CAUSES.map(() => 0)

function laneRun({ runs }: Lane, run: number, begin: number): LaneRun {
  const last = runs.at(-1)
  if (last?.run === run) return last
  const added: LaneRun = { run, begin, covered: begin, items: [], misses: [], events: [] }
  runs.push(added)
  return added
}
