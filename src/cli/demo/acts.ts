import { TickwireError } from '../../foundation/errors.js'
import { ceilPowerOfTwo } from '../../foundation/units.js'
import type { Feed } from '../../run/feed/feed.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import type { ReceiveOptions } from '../../run/options/receive-options.js'
import type { SendOptions } from '../../run/options/send-options.js'
import { receive } from '../../run/receive.js'
import { send } from '../../run/send.js'
import type { SendReport } from '../../run/transmission/send-report.js'
import { measureBacklog } from '../../tune/capacity.js'
import { predictEfficiency } from '../../tune/lab-traffic.js'
import { traceOfProfile } from '../../tune/profile-trace.js'
import { dgramSubject } from '../bench/subjects.js'
import { profileOf } from '../tune/ring-run.js'
import type { BookActScale } from './book-act.js'

const CLASSIC_ENDPOINT = 'udp://127.0.0.1:9001'
const ANY_ENDPOINT = 'udp://127.0.0.1:0'
const CLASSIC_SLOTS = 1024
/** After the last datagram, this long until a run whose tail was lost counts as over. */
const IDLE_EXIT_MS = 400
/** The lesson of the too small queue: 64 slots. */
const SMALL_SLOTS = 64
const MEASURING_SLOTS = 16384
/** How much larger than measured the bursts may be for which the right size is made. */
const BURST_MARGIN = 1.5

/** How much the acts do. */
export interface DemoScale {
  readonly classic: { readonly count: number; readonly rate: number }
  readonly sizing: {
    readonly count: number
    readonly rate: number
    readonly burst: number
    readonly workNs: number
  }
  readonly flood: { readonly count: number; readonly rounds: number }
  readonly books: BookActScale
}

export const FULL_SCALE: DemoScale = {
  classic: { count: 10_000, rate: 1000 },
  sizing: { count: 10_000, rate: 5000, burst: 1000, workNs: 50_000 },
  flood: { count: 1_000_000, rounds: 2 },
  books: { messages: 40_000, instruments: 20, speed: 5 },
}

export const QUICK_SCALE: DemoScale = {
  classic: { count: 1000, rate: 2000 },
  sizing: { count: 2000, rate: 5000, burst: 1000, workNs: 50_000 },
  flood: { count: 200_000, rounds: 1 },
  books: { messages: 6_000, instruments: 8, speed: 4 },
}

/** A receiver and the sender that fed it. */
export interface Act {
  readonly received: ReceiveReport
  readonly sent: SendReport
}

/** Listens where the classic run does, or on a free port if that one is taken. */
export async function openClassic(scale: DemoScale): Promise<{ feed: Feed; portTaken: boolean }> {
  const options: ReceiveOptions = {
    slots: CLASSIC_SLOTS,
    handler: null,
    count: scale.classic.count,
    idleExitMs: IDLE_EXIT_MS,
  }
  try {
    return { feed: await receive({ ...options, endpoints: CLASSIC_ENDPOINT }), portTaken: false }
  } catch (error) {
    if (!(error instanceof TickwireError) || error.code !== 'TW_PORT_IN_USE') throw error
    return { feed: await receive({ ...options, endpoints: ANY_ENDPOINT }), portTaken: true }
  }
}

/** Feeds a receiver and waits for both. */
export async function play(feed: Feed, options: SendOptions): Promise<Act> {
  try {
    const transmission = await send({ ...options, endpoint: feed.endpoints[0] })
    const sent = await transmission.finished
    return { received: await feed.finished, sent }
  } finally {
    await feed.stop()
  }
}

/** One row of the sizing act. */
export interface SizingRow {
  readonly slots: number
  readonly received: ReceiveReport
  /** For the measuring pass: the smallest ring that would have lost nothing, as computed from it. */
  readonly zeroLossSlots: number | null
  /** For the others: what that pass says of their size. */
  readonly predictedEfficiencyPercent: number | null
}

/** The same bursts and the same slow handler against a ring of some size. */
async function runSizing(scale: DemoScale, slots: number) {
  const { count, rate, burst, workNs } = scale.sizing
  const feed = await receive({
    endpoints: ANY_ENDPOINT,
    slots,
    handler: null,
    workNs,
    count,
    whenFull: 'drop-newest',
    idleExitMs: IDLE_EXIT_MS,
    profile: true,
    profileRecords: count,
  })
  const { received } = await play(feed, { count, rate, burst })
  return { received, profile: profileOf(feed) }
}

/** Measures with a ring that is surely large enough; then the small one, then the right one. */
export async function* sizingRows(scale: DemoScale): AsyncGenerator<SizingRow> {
  const { received, profile } = await runSizing(scale, MEASURING_SLOTS)
  const { trace } = traceOfProfile(profile, profile.lines[0])
  const { zeroLossSlots } = measureBacklog(trace)
  yield { slots: MEASURING_SLOTS, received, zeroLossSlots, predictedEfficiencyPercent: null }
  const sizes = [SMALL_SLOTS, ceilPowerOfTwo(zeroLossSlots * BURST_MARGIN)]
  for (const { slots, predictedEfficiencyPercent } of predictEfficiency(trace, sizes)) {
    const run = await runSizing(scale, slots)
    yield { slots, received: run.received, zeroLossSlots: null, predictedEfficiencyPercent }
  }
}

/** One receiver under the flood. */
export interface FloodRow {
  readonly subject: 'tickwire' | 'node:dgram'
  readonly sent: number
  readonly received: number
  readonly perSecond: number
  readonly lossPercent: number
  /** What the subject itself could say of its loss; null: nothing. */
  readonly accountedFor: number | null
}

/** The same flood at both, in turn. */
export async function* floodRows(scale: DemoScale): AsyncGenerator<FloodRow> {
  for (let round = 0; round < scale.flood.rounds; round++) {
    yield floodTickwire(scale.flood.count)
    yield floodDgram(scale.flood.count)
  }
}

async function floodTickwire(count: number): Promise<FloodRow> {
  const feed = await receive({
    endpoints: ANY_ENDPOINT,
    handler: null,
    count,
    idleExitMs: IDLE_EXIT_MS,
  })
  const { received, sent } = await play(feed, { count, rate: 0 })
  return {
    subject: 'tickwire',
    sent: sent.messages ?? 0,
    received: received.delivered,
    perSecond: received.delivered / (received.elapsedSeconds ?? 1),
    lossPercent: lossPercent(sent.messages ?? 0, received.delivered),
    accountedFor: received.delivered + received.ledger.lost.total,
  }
}

async function floodDgram(count: number): Promise<FloodRow> {
  const { sent, received, perSecond, lossPercent } = await dgramSubject().measure({
    count,
    rate: 0,
  })
  return { subject: 'node:dgram', sent, received, perSecond, lossPercent, accountedFor: null }
}

function lossPercent(sent: number, received: number): number {
  return sent === 0 ? 0 : ((sent - received) / sent) * 100
}
