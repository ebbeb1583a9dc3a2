import { networkInterfaces } from 'node:os'
import { badOption, TickwireError } from '../../foundation/errors.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import { NS_PER_MS } from '../../foundation/units.js'
import type { AlarmLimits } from '../../handle/reader/feed-reader-options.js'
import { type AskLimits, DEFAULT_ASK_LIMITS } from '../../sequence/request-planner.js'
import { GAP_PATIENCE_NS } from '../../sequence/tracker-limits.js'
import type { GapPolicy } from '../../sequence/tracker-state.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { createFraming } from '../../wire/create-framing.js'
import { meaningless } from './declaration.js'
import { destination } from './destination.js'
import type { ReadReceiveOptions, RecoveryOptions } from './receive-options.js'

const DEFAULT_WAIT_MS = 50
const DEFAULT_STALE_MS = 3000
/** Without a wait nobody is held up by an answer that takes long. */
const LATE_ANSWER_MS = 1000

/** The same, checked and complete. */
export interface RecoveryPlan {
  readonly session: string | undefined
  readonly recover: Endpoint | undefined
  readonly policy: GapPolicy
  readonly holdBytes: number
  readonly watch: AlarmLimits
  readonly ask: AskLimits
}

/**
 * @param options what the caller said, to refuse what means nothing
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT
 */
export function planRecovery(
  options: RecoveryOptions,
  given: ReadReceiveOptions,
  endpoints: readonly Endpoint[],
): RecoveryPlan {
  const { framing, session } = given
  // Complains about a session that the framing cannot have.
  createFraming(framing, session)
  const recover = given.recover === undefined ? undefined : planServer(given.recover, endpoints)
  const waits = recover !== undefined || endpoints.length > 1
  const waitMs = given.recoverWaitMs ?? (waits ? DEFAULT_WAIT_MS : 0)
  refuseMeaningless(options, waitMs, endpoints.length)
  if (framing === 'mdp3' && recover !== undefined) {
    throw meaningless(
      'recover',
      'MDP 3.0 answers no requests over UDP',
      `Leave it out: ${optionName('recoverWaitMs')} and the feed's second line fill gaps.`,
    )
  }
  // CME's heartbeats come every 30 seconds.
  const never =
    framing === 'raw' || framing === 'mdp3' ? Number.POSITIVE_INFINITY : DEFAULT_STALE_MS
  return {
    session,
    recover,
    policy: {
      ordered: waitMs > 0,
      recovering: recover !== undefined,
      waitNs: gapWaitNs(waitMs, recover !== undefined),
    },
    holdBytes: given.holdBytes,
    watch: {
      silentNs: given.lineSilentMs * NS_PER_MS,
      behindMessages: given.lineBehind,
      staleNs: (given.staleMs ?? never) * NS_PER_MS,
    },
    ask: { ...DEFAULT_ASK_LIMITS, delayNs: given.recoverDelayMs * NS_PER_MS },
  }
}

function planServer(text: string, endpoints: readonly Endpoint[]): Endpoint {
  const server = destination(text)
  if (server.multicast) {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `The retransmission server ${server.url} is a group`,
      'Requests go to one server: give its own address.',
    )
  }
  refuseOwnEndpoint(server, endpoints)
  return server
}

/** Options that were given and have no meaning beside the others. */
function refuseMeaningless(options: RecoveryOptions, waitMs: number, lineCount: number): void {
  if (options.recoverDelayMs !== undefined && options.recover === undefined) {
    const remedy = `Add ${optionName('recover')}, or leave it out.`
    throw meaningless('recoverDelayMs', 'nothing is requested', remedy)
  }
  if (options.holdBytes !== undefined && waitMs === 0) {
    const why = `nothing waits for a gap (${optionText('recoverWaitMs', 0)})`
    throw meaningless('holdBytes', why, 'Leave it out, or wait for gaps.')
  }
  if (lineCount > 1) return
  if (options.lineSilentMs !== undefined) {
    const remedy = `Use ${optionName('staleMs')}, which is about the feed, or leave it out.`
    throw meaningless('lineSilentMs', 'there is one line', remedy)
  }
  if (options.lineBehind !== undefined) {
    throw meaningless(
      'lineBehind',
      'there is one line, and none to compare it with',
      'Leave it out.',
    )
  }
}

/** A feed cannot answer for itself: its own socket would get the requests. */
function refuseOwnEndpoint(server: Endpoint, endpoints: readonly Endpoint[]): void {
  const own = endpoints.find(
    ({ address, port }) =>
      port === server.port &&
      (address === server.address || (isAnyAddress(address) && isLocalAddress(server.address))),
  )
  if (own === undefined) return
  throw badOption(
    `${optionName('recover')} is ${server.url}, which is where the feed itself is received`,
    "Give the address of the publisher's retransmission server; for tickwire send it is what --retransmit says.",
  )
}

function isAnyAddress(address: string): boolean {
  return /^[0:.]+$/.test(address)
}

function isLocalAddress(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  return address.startsWith('127.') || own.some((one) => one.address === address)
}

function gapWaitNs(waitMs: number, recovering: boolean): number {
  if (waitMs > 0) return waitMs * NS_PER_MS
  return recovering ? LATE_ANSWER_MS * NS_PER_MS : GAP_PATIENCE_NS
}
