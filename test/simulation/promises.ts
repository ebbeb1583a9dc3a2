import { REORDER_WINDOW } from '../../src/sequence/tracker-limits.js'
import type { Change, Scenario } from './scenario.js'

/**
 * What may be expected of a run, by what its scenario does to it. Each is a reason why the strictest
 * check cannot be made, and nothing is excused that is not listed here.
 */
export interface Promises {
  /**
   * One stream, and nothing said about it that could have been true and was not: then every message is
   * accounted for to the last one.
   */
  readonly exact: boolean
  /** Made-up datagrams no farther ahead than can have been lost: messages between are expected, and missing. */
  readonly misled: boolean
  /** Each new beginning can be told from what came before it, so that no message is taken for another. */
  readonly streams: boolean
  /** Nothing of a stream is still on its way when the next one begins: then that is heard at once. */
  readonly heard: boolean
  /** A request server that has all and answers in time: then nothing stays lost. */
  readonly recoversAll: boolean
  /** No message is lost on both lines, and the slower one is there in time: then nothing is asked for. */
  readonly asksNothing: boolean
}

const MS = 1e6
/** Chance of loss up to which a feed counts as one that can be healed whole. */
const MODERATE_LOSS = 0.1

export function promisesOf(scenario: Scenario): Promises {
  const { publisher, server, lines, spoofs, thread, stopAt, ordered, waitNs, holdBytes } = scenario
  // A clock that is set forward makes a silence of what was none.
  const forward = thread.clockChance > 0 && thread.clockStepNs > 0
  const near = spoofs.some((kind) => kind === 'near' || kind === 'ahead')
  const told = spoofs.some((kind) => kind === 'ahead-heartbeat' || kind === 'setup')
  const believable = near || told || forward
  const one = publisher.changes.length === 0 && !scenario.strayFirst
  const exact = one && !forward && isToldApart(scenario)
  const healthy =
    server !== undefined &&
    server.delayNs + server.jitterNs <= 3 * MS &&
    server.lossChance === 0 &&
    !server.unreachable &&
    server.deadFrom === 1 &&
    server.keeps === Number.POSITIVE_INFINITY &&
    server.messagesPerSecond >= 1e5 &&
    server.burstMessages >= 2e5 &&
    server.payloadBytes * server.replyDatagrams >= 1400
  const moderate = lines.some(
    (line) =>
      line.lossChance + line.damageChance <= MODERATE_LOSS &&
      line.queueDatagrams >= 1024 &&
      line.deadFrom === 1,
  )
  const inTime = !ordered || waitNs >= 20 * MS
  const roomy = holdBytes >= 2 ** 18
  // A clock that is set forward ends every wait.
  const steady = thread.clockChance === 0 || thread.clockStepNs < 0
  const quick =
    steady && thread.datagramNs + thread.messageNs * publisher.messagesMost < publisher.intervalNs
  return {
    exact,
    misled: near || told,
    streams:
      !believable &&
      !scenario.strayFirst &&
      scenario.rival === undefined &&
      publisher.changes.every((_, i) => isPlain(scenario, i)),
    heard: stopAt === 1 && publisher.changes.every(({ pauseNs }) => pauseNs > straggleNs(scenario)),
    recoversAll:
      exact &&
      !near &&
      !told &&
      scenario.rival === undefined &&
      healthy &&
      moderate &&
      inTime &&
      roomy &&
      quick &&
      stopAt === 1,
    asksNothing:
      exact &&
      scenario.rival === undefined &&
      losesOnOneLineOnly(scenario) &&
      quick &&
      stopAt === 1,
  }
}

/**
 * A session that restarts under its own name shows only in its sequences: by falling back far, or
 * after a silence, to its first. What is still on its way from before, or in old answers, must not be
 * mixed with it.
 */
function isPlain(scenario: Scenario, i: number): boolean {
  const { publisher, lines, server, ordered, waitNs, thread } = scenario
  const change = publisher.changes[i]
  if (change === undefined || !change.sameSession) return true
  const inOrder = lines.every(({ jitterNs, overtakenChance, copyChance }) => {
    const jitter = jitterNs > 0 && publisher.burstMost > 1
    return overtakenChance <= 0.02 && copyChance <= 0.1 && !jitter
  })
  const messages = change.datagrams * (publisher.messagesMost / 2)
  // The pause is the reading side's own: what it slept through was none.
  const awake = thread.sleepChance + thread.clockChance === 0 && thread.datagramNs < 10_000
  // However short a run was, if not as short as the next one's first datagram: who sees two of that is told.
  const longer = change.datagrams > publisher.messagesMost
  const long = messages > 100 || (longer && publisher.beginLost === 0 && losesNothing(scenario))
  const afterPause = change.pauseNs > 250 * MS && long && awake
  const farBack = messages > 400 && change.pauseNs > 20 * MS
  // With its beginning lost a stream must not lose much more before it shows.
  const whole = lines.every((line) => line.lossChance < 0.02 && line.burstChance === 0)
  const shows = whole && publisher.nowhereChance === 0 && server === undefined
  if (publisher.beginLost > 0 && !shows) return false
  if (publisher.nowhereChance > 0 && server !== undefined) return false
  // A server that has restarted too answers for what was before with what is now.
  const asked = server !== undefined && (!ordered || waitNs > change.pauseNs)
  if (thread.clockChance > 0 && thread.clockStepNs > 0) return false
  const isOver = straggleNs(scenario) < change.pauseNs
  return inOrder && !asked && (afterPause || farBack) && (isOver || onlyLags(scenario, change))
}

/**
 * Whether all that is still on its way when a stream begins is what a second line brings later, and in order,
 * and of which that had brought so much by then that its numbers are not the new ones.
 */
function onlyLags(scenario: Scenario, { datagrams, pauseNs }: Change): boolean {
  const { lines, server, publisher } = scenario
  const lagNs = Math.max(...lines.map(({ delayNs }) => delayNs))
  const brought = datagrams - (lagNs - pauseNs) / publisher.intervalNs
  if (brought * (publisher.messagesMost / 2) < 2 * REORDER_WINDOW) return false
  const [first] = lines
  const steady = lines.every(
    ({ jitterNs, overtakenChance, copyChance }) => jitterNs + overtakenChance + copyChance === 0,
  )
  const quick = first !== undefined && first.delayNs <= MS
  return lines.length === 2 && server === undefined && steady && quick && losesNothing(scenario)
}

/** Whether every line brings all of every stream. */
export function losesNothing({ lines, publisher }: Scenario): boolean {
  const whole = lines.every(
    (line) =>
      line.lossChance + line.damageChance + line.burstChance === 0 &&
      line.deadFrom === 1 &&
      line.queueDatagrams >= 1024,
  )
  return whole && publisher.nowhereChance === 0
}

/**
 * A second publisher is told from the feed as long as the feed speaks between any two of its datagrams. Where
 * the feed is lost, late or silent for as long as that, the second one may be taken for what comes next.
 */
function isToldApart({ rival, publisher, lines, thread, stopAt }: Scenario): boolean {
  if (rival === undefined) return true
  // Of another session a single datagram is believed when it is the last thing that came.
  if (!rival.sameSession && stopAt < 1) return false
  const steady = lines.every(
    (line) =>
      line.lossChance + line.burstChance + line.overtakenChance + line.damageChance === 0 &&
      line.deadFrom === 1 &&
      line.queueDatagrams >= 1024 &&
      line.jitterNs === 0,
  )
  const spoken = publisher.nowhereChance + publisher.pauseChance + publisher.tailLost === 0
  return steady && spoken && thread.clockChance === 0
}

/** How long what was sent may be on its way, be it as an answer. */
function straggleNs({ lines, server }: Scenario): number {
  const longestNs = lines.map(({ delayNs, jitterNs, overtakenChance, overtakenNs }) => {
    return delayNs + jitterNs + (overtakenChance > 0 ? overtakenNs : 0)
  })
  return Math.max(...longestNs, server === undefined ? 0 : server.delayNs + server.jitterNs)
}

function losesOnOneLineOnly(scenario: Scenario): boolean {
  const { publisher, lines, thread, ask, spoofs } = scenario
  if (lines.length < 2 || spoofs.length > 0 || thread.sleepChance > 0) return false
  if (publisher.nowhereChance > 0 || publisher.tailLost > 0) return false
  const latestNs = Math.max(...lines.map((line) => line.delayNs + line.jitterNs))
  const whole = lines.some(
    (line) =>
      line.lossChance + line.damageChance + line.burstChance + line.overtakenChance === 0 &&
      line.deadFrom === 1 &&
      line.queueDatagrams >= 1024,
  )
  // What another line brought may wait to be looked at.
  const { burstMost, messagesMost } = publisher
  const perBurstNs = burstMost * (thread.datagramNs + thread.messageNs * messagesMost)
  return whole && latestNs + 2 * thread.pollNs + lines.length * perBurstNs < ask.delayNs
}
