import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import { type AskLimits, DEFAULT_ASK_LIMITS } from '../../src/sequence/request-planner.js'
import { Random } from './random.js'

const US = 1e3
const MS = 1e6

/** A line's faults. Chances are per datagram. */
export interface LineScenario {
  readonly delayNs: number
  readonly jitterNs: number
  readonly lossChance: number
  /** Bursts: how likely one begins, and how many datagrams it takes at most. */
  readonly burstChance: number
  readonly burstMost: number
  /** Datagrams that take up to so much longer than others. */
  readonly overtakenChance: number
  readonly overtakenNs: number
  readonly copyChance: number
  readonly copiesMost: number
  readonly damageChance: number
  /** The part of the publisher's datagrams between which the line is dead: from 0 to 1. */
  readonly deadFrom: number
  readonly deadUntil: number
  readonly queueDatagrams: number
  /** What finds the queue full is discarded by the receiver, which knows what it was, and not by the kernel. */
  readonly discards: boolean
  /** How likely it is that the kernel's drop stamp on a datagram goes back by a few. */
  readonly stampBackChance: number
}

/** How another stream begins. */
export interface Change {
  /** Datagrams of the stream before it. */
  readonly datagrams: number
  readonly sameSession: boolean
  readonly pauseNs: number
}

export interface PublisherScenario {
  readonly firstSequence: number
  readonly messagesMost: number
  readonly intervalNs: number
  /** Datagrams that are sent back to back, at most. */
  readonly burstMost: number
  readonly pauseChance: number
  readonly pauseNs: number
  readonly heartbeatNs: number
  readonly changes: readonly Change[]
  /** Datagrams of the last stream. */
  readonly datagrams: number
  /** How often the end of a session is said; 0: it is not. */
  readonly ends: number
  /** The first datagrams of every stream but the first that no line brings, and the last of all. */
  readonly beginLost: number
  readonly tailLost: number
  /** How likely it is that no line brings a datagram and those behind it. */
  readonly nowhereChance: number
  readonly nowhereMost: number
}

export interface ServerScenario {
  readonly delayNs: number
  readonly jitterNs: number
  readonly lossChance: number
  readonly copyChance: number
  /** Requests cannot even be sent. */
  readonly unreachable: boolean
  /** The part of the run in which it does not answer. */
  readonly deadFrom: number
  readonly deadUntil: number
  /** Messages that it keeps. */
  readonly keeps: number
  readonly payloadBytes: number
  readonly replyDatagrams: number
  readonly messagesPerSecond: number
  readonly burstMessages: number
}

/** Another publisher that shares the feed's group and port. */
export interface RivalScenario {
  readonly sameSession: boolean
  readonly firstSequence: number
  readonly intervalNs: number
  readonly datagrams: number
  /** The part of the feed's own datagrams after which it begins. */
  readonly from: number
}

const SPOOFS = ['far', 'far-heartbeat', 'session', 'first', 'near', 'answer'] as const
/** Further ones: up to 2^20 ahead, heartbeats ahead and behind, setups of flow control, no datagram at all. */
const MORE_SPOOFS = ['ahead', 'ahead-heartbeat', 'old-heartbeat', 'setup', 'junk'] as const
export type Spoof = (typeof SPOOFS)[number] | (typeof MORE_SPOOFS)[number]

export interface ThreadScenario {
  readonly datagramNs: number
  readonly messageNs: number
  readonly pollNs: number
  readonly sleepChance: number
  readonly sleepNs: number
  /** How likely it is, per turn, that somebody sets the machine's clock, and by how much. */
  readonly clockChance: number
  readonly clockStepNs: number
}

/** All that a seed decides; what happens in detail follows from it and from the seed. */
export interface Scenario {
  readonly seed: number
  readonly framing: ResponseFraming
  readonly ordered: boolean
  readonly waitNs: number
  readonly ask: AskLimits
  readonly holdBytes: number
  readonly lines: readonly LineScenario[]
  readonly publisher: PublisherScenario
  readonly server: ServerScenario | undefined
  readonly spoofs: readonly Spoof[]
  readonly spoofChance: number
  readonly rival: RivalScenario | undefined
  /** Whether the very first datagram that comes is a made-up one, far behind the feed's. */
  readonly strayFirst: boolean
  readonly thread: ThreadScenario
  /** Whether the reading side is told how many messages there will be. */
  readonly totalKnown: boolean
  /** The part of the publisher's datagrams after which the reading side is stopped; 1: it is not. */
  readonly stopAt: number
}

/** Faults that a seed switches on or off. */
const FAULTS = [
  'loss',
  'bursts',
  'nowhere',
  'tail',
  'overtaking',
  'late',
  'copies',
  'damage',
  'skew',
  'line-death',
  'change',
  'restart',
  'spoof',
  'sleep',
  'slow',
  'small-hold',
  'small-queue',
  'server-slow',
  'server-dead',
  'server-limits',
  'server-lossy',
  'pauses',
  'stop',
  'clock',
  'total',
  'begin',
] as const
type Fault = (typeof FAULTS)[number]

/** From this seed on all worlds are of one kind, which is seldom among the others. */
export const LAGGING_FROM = 1e9

/** The scenario of a seed: the same for ever. */
export function scenarioOf(seed: number): Scenario {
  const scenario = withMore(firstScenarioOf(seed))
  return seed < LAGGING_FROM ? scenario : lagging(scenario)
}

/** Two whole lines, of which the second is still in the midst of a long stream when that has begun anew. */
function lagging(scenario: Scenario): Scenario {
  const { seed, publisher, framing, thread } = scenario
  const random = new Random(seed, 9)
  const pauseNs = random.pick([random.logarithmic(21 * MS, 100 * MS), 300 * MS])
  const intervalNs = random.logarithmic(20 * US, 500 * US)
  const messagesMost = random.pick([3, 8])
  const datagrams = random.whole(300, 500)
  const perDatagram = (1 + messagesMost) / 2
  // What it has brought of the stream by then is more than the window within which numbers tell nothing.
  const brought = random.whole(600, datagrams * perDatagram - 50) / perDatagram
  const delayNs = random.logarithmic(5 * US, 500 * US)
  const whole = {
    ...{ jitterNs: 0, lossChance: 0, burstChance: 0, overtakenChance: 0, copyChance: 0 },
    ...{ damageChance: 0, deadFrom: 1, deadUntil: 1, queueDatagrams: 1024, discards: false },
    stampBackChance: 0,
  }
  return {
    ...scenario,
    lines: [0, (datagrams - brought) * intervalNs + pauseNs].map((lagNs) => ({
      ...lineOf(random, new Set(), 0, publisher),
      ...whole,
      delayNs: delayNs + lagNs,
    })),
    publisher: {
      ...{ ...publisher, intervalNs, messagesMost, pauseChance: 0, nowhereChance: 0 },
      ...{ firstSequence: framing === 'raw' ? 0 : 1, beginLost: 0, tailLost: 0 },
      changes: [{ datagrams, sameSession: true, pauseNs }],
    },
    ...{ server: undefined, spoofs: [], rival: undefined, strayFirst: false },
    thread: { ...thread, datagramNs: 300, messageNs: 50, sleepChance: 0, clockChance: 0 },
    ...{ totalKnown: false, stopAt: 1 },
  }
}

/** What a seed decides without the faults that were added later. */
export function firstScenarioOf(seed: number): Scenario {
  const random = new Random(seed)
  const share = random.pick([0.1, 0.25, 0.5])
  const on = new Set<Fault>(FAULTS.filter(() => random.chance(share)))
  const framing = random.pick<ResponseFraming>(['moldudp64', 'moldudp64', 'raw', 'iex-tp'])
  const lineCount = random.whole(1, 2)
  const asks = random.chance(0.7)
  const waits = asks || lineCount > 1
  const ordered = random.chance(waits ? 0.8 : 0.4)
  const publisher = publisherOf(random, on, framing)
  const waitNs = ordered ? random.pick([20, 50, 50, 200]) * MS : asks ? 1000 * MS : 50 * MS
  return {
    seed,
    framing,
    ordered,
    waitNs,
    ask: {
      ...DEFAULT_ASK_LIMITS,
      delayNs: random.pick([DEFAULT_ASK_LIMITS.delayNs, DEFAULT_ASK_LIMITS.delayNs, 0]),
      maxOutstanding: random.pick([DEFAULT_ASK_LIMITS.maxOutstanding, 8, 2]),
      maxPerRequest: random.pick([DEFAULT_ASK_LIMITS.maxPerRequest, 50, 20]),
    },
    holdBytes: on.has('small-hold') ? random.whole(1, 8192) : 2 ** 18,
    lines: Array.from({ length: lineCount }, (_, i) => lineOf(random, on, i, publisher)),
    publisher,
    server: asks ? serverOf(random, on) : undefined,
    spoofs: on.has('spoof') ? SPOOFS.filter(() => random.chance(0.4)) : [],
    spoofChance: random.logarithmic(0.003, 0.05),
    rival: undefined,
    strayFirst: false,
    thread: {
      datagramNs: on.has('slow') ? random.logarithmic(US, 200 * US) : 300,
      messageNs: on.has('slow') ? random.logarithmic(100, 20 * US) : 50,
      pollNs: random.pick([50 * US, 200 * US, 1000 * US]),
      sleepChance: on.has('sleep') ? 0.02 : 0,
      sleepNs: random.pick([random.logarithmic(MS, 500 * MS), 3 * waitNs]),
      clockChance: on.has('clock') ? 0.003 : 0,
      clockStepNs: random.pick([-1, -1, 1]) * random.logarithmic(MS, 1e6 * MS),
    },
    totalKnown: on.has('total') && publisher.changes.length === 0 && !on.has('spoof'),
    stopAt: on.has('stop') ? random.unit() : 1,
  }
}

/** Faults with random numbers of their own, so that what a seed decides without them stays as it is. */
function withMore(scenario: Scenario): Scenario {
  const { seed, publisher, framing } = scenario
  const random = new Random(seed, 7)
  const share = random.pick([0, 0.1, 0.3])
  const on = () => random.chance(share)
  const [discards, stamps, lag, spoofs, rival] = [on(), on(), on(), on(), on()]
  const lines = scenario.lines.map((line, i) => ({
    ...line,
    discards: discards && random.chance(0.7),
    queueDatagrams: discards
      ? Math.min(line.queueDatagrams, random.whole(4, 64))
      : line.queueDatagrams,
    stampBackChance: stamps ? 0.3 : 0,
    delayNs: lag && i > 0 ? random.logarithmic(MS, 500 * MS) : line.delayNs,
  }))
  const more = spoofs ? MORE_SPOOFS.filter(() => random.chance(0.4)) : []
  const alone = publisher.changes.length === 0 && scenario.spoofs.length + more.length === 0
  const behind = framing === 'raw' && publisher.firstSequence > 10_000 && !rival
  const junkOnly = more.every((kind) => kind === 'junk') && scenario.spoofs.length === 0
  return {
    ...scenario,
    lines,
    spoofs: [...scenario.spoofs, ...more],
    rival:
      rival && framing !== 'iex-tp' && publisher.firstSequence < 2 ** 31
        ? rivalOf(random, publisher, framing)
        : undefined,
    strayFirst: alone && behind && !scenario.totalKnown && new Random(seed, 8).chance(0.2),
    totalKnown: scenario.totalKnown && junkOnly && !rival,
  }
}

function rivalOf(
  random: Random,
  { intervalNs, burstMost, firstSequence }: PublisherScenario,
  framing: ResponseFraming,
): RivalScenario {
  const sameSession = framing === 'raw' || random.chance(0.5)
  const initial = framing === 'raw' ? 0 : 1
  const far = firstSequence + random.whole(20_000, 60_000)
  return {
    sameSession,
    firstSequence: random.pick([initial, initial, far]),
    // Slower than the feed, so that the feed's own datagrams come between any two of it.
    intervalNs: intervalNs * burstMost * random.pick([2, 4, 20]),
    datagrams: random.whole(5, 100),
    from: random.unit() * 0.5,
  }
}

function publisherOf(random: Random, on: Set<Fault>, framing: ResponseFraming): PublisherScenario {
  const raw = framing === 'raw'
  const kinds = [...(on.has('restart') ? [true] : []), ...(on.has('change') && !raw ? [false] : [])]
  const changes = kinds.flatMap((sameSession) =>
    Array.from({ length: random.whole(1, 2) }, () => ({
      datagrams: random.chance(0.3) ? random.whole(1, 10) : random.whole(20, 300),
      sameSession,
      pauseNs: random.pick([0, random.logarithmic(US, 100 * MS), 300 * MS]),
    })),
  )
  // A wrap looks like a new beginning, and the other way round: not both.
  const wraps = 2 ** 32 - random.whole(1, 300)
  const anywhere = random.pick([
    0,
    0,
    random.whole(1, 1e6),
    changes.length > 0 || on.has('total') ? 0 : wraps,
  ])
  const first = raw ? anywhere : 1
  return {
    firstSequence: first,
    messagesMost: random.pick([1, 1, 3, 8]),
    intervalNs: random.logarithmic(10 * US, 2 * MS),
    burstMost: random.pick([1, 1, 4, 32]),
    pauseChance: on.has('pauses') ? 0.01 : 0,
    pauseNs: random.logarithmic(10 * MS, 500 * MS),
    heartbeatNs: raw ? Number.POSITIVE_INFINITY : random.pick([5, 30, 100, 1000]) * MS,
    changes,
    datagrams: random.pick([random.whole(1, 30), random.whole(30, 400), random.whole(30, 400)]),
    ends: framing === 'moldudp64' ? random.whole(0, 5) : 0,
    beginLost: on.has('begin') ? random.whole(1, 6) : 0,
    tailLost: on.has('tail') ? random.whole(1, 20) : 0,
    nowhereChance: on.has('nowhere') ? random.logarithmic(0.002, 0.05) : 0,
    nowhereMost: random.pick([1, 5, 40]),
  }
}

function lineOf(
  random: Random,
  on: Set<Fault>,
  line: number,
  publisher: PublisherScenario,
): LineScenario {
  const dies = on.has('line-death') && random.chance(0.6)
  const deadFrom = random.unit()
  const overtakenNs = on.has('late')
    ? random.logarithmic(publisher.intervalNs * 10, publisher.intervalNs * 2000)
    : random.logarithmic(publisher.intervalNs, publisher.intervalNs * 20)
  return {
    delayNs: random.logarithmic(5 * US, 500 * US),
    jitterNs: random.pick([0, publisher.intervalNs * random.unit()]),
    lossChance: on.has('loss') ? random.logarithmic(0.001, 0.2) : 0,
    burstChance: on.has('bursts') ? random.logarithmic(0.001, 0.03) : 0,
    burstMost: random.pick([3, 20, 100]),
    overtakenChance: on.has('overtaking') || on.has('late') ? random.logarithmic(0.002, 0.2) : 0,
    overtakenNs: Math.min(overtakenNs, 600 * MS),
    copyChance: on.has('copies') ? random.logarithmic(0.01, 0.5) : 0,
    copiesMost: random.pick([1, 1, 3, 10]),
    damageChance: on.has('damage') ? random.logarithmic(0.001, 0.05) : 0,
    deadFrom: dies ? deadFrom : 1,
    deadUntil: dies ? Math.min(1, deadFrom + random.pick([0.05, 0.3, 1])) : 1,
    queueDatagrams: on.has('small-queue') ? random.whole(4, 32) : 1024,
    discards: false,
    stampBackChance: 0,
    ...(line > 0 && on.has('skew') ? { delayNs: random.logarithmic(100 * US, 30 * MS) } : {}),
  }
}

function serverOf(random: Random, on: Set<Fault>): ServerScenario {
  const limits = on.has('server-limits')
  const dies = on.has('server-dead')
  const deadFrom = random.pick([0, random.unit()])
  return {
    delayNs: on.has('server-slow') ? random.logarithmic(MS, 150 * MS) : random.whole(20, 500) * US,
    jitterNs: on.has('server-slow') ? random.logarithmic(100 * US, 20 * MS) : 50 * US,
    lossChance: on.has('server-lossy') ? random.logarithmic(0.01, 0.5) : 0,
    copyChance: on.has('server-lossy') ? 0.1 : 0,
    unreachable: dies && random.chance(0.2),
    deadFrom: dies ? deadFrom : 1,
    deadUntil: dies ? Math.min(1, deadFrom + random.pick([0.2, 0.5, 1])) : 1,
    keeps: limits && random.chance(0.5) ? random.whole(10, 500) : Number.POSITIVE_INFINITY,
    payloadBytes: limits ? random.whole(80, 1400) : 1400,
    replyDatagrams: limits ? random.whole(1, 16) : 16,
    messagesPerSecond: limits ? random.logarithmic(10, 1e5) : 1e5,
    burstMessages: limits ? random.whole(1, 1000) : 2e5,
  }
}
