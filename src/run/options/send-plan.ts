import { badOption } from '../../foundation/errors.js'
import { MAX_LINES } from '../../foundation/limits.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import type { CreditPlan } from '../../send/credit/credit.js'
import { maxMessagesPerDatagram } from '../../send/datagrams/datagram-writer.js'
import type { SendFraming } from '../../send/datagrams/send-framing.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { encodeMoldSession } from '../../wire/moldudp64.js'
import type { CountersChoice } from '../memory/run-counters.js'
import { meaningless, readOptions, whole } from './declaration.js'
import { destination } from './destination.js'
import { type EndpointOptions, endpointTexts } from './endpoint-names.js'
import { planSendFlow } from './flow-plan.js'
import { planRetransmission, type RetransmissionPlan } from './retransmission-plan.js'
import {
  type ReadSendOptions,
  SEND_OPTIONS,
  type SendOptions,
  type SendTransport,
  type Stamp,
} from './send-options.js'

const DEFAULT_SESSION = 'TICKWIRE01'
const DEFAULT_HEARTBEAT_MS = 1000
const DEFAULT_LINGER_MS = 200
/** The same where messages can be requested again: time for the tail. */
const RETRANSMIT_LINGER_MS = 1000

/** What a session of MoldUDP64 is called, and when it is heard without a message. */
export interface SessionPlan {
  readonly name: string
  readonly heartbeatMs: number
  readonly lingerMs: number
}

/** The same, checked and complete. */
export interface SendPlan {
  readonly endpoints: readonly Endpoint[]
  /** Null: it is called after the first endpoint. */
  readonly name: string | null
  readonly framing: SendFraming
  /** Null where the framing has none. */
  readonly session: SessionPlan | null
  /** Null if nothing can be asked for again. */
  readonly retransmission: RetransmissionPlan | null
  /** How long the sender stays after its last message. */
  readonly lingerMs: number
  readonly transport: SendTransport
  readonly count: number
  readonly rate: number
  readonly burst: number
  readonly messagesPerDatagram: number
  readonly instruments: number
  readonly seed: number
  readonly batch: number
  readonly gso: boolean
  readonly stamp: Stamp
  readonly cpu: number | null | undefined
  readonly startDelayMs: number
  readonly counters: CountersChoice
  /** Null: nothing but the rate controls the sender. */
  readonly credit: CreditPlan | null
}

/**
 * What `send` does, from what its caller says. An option that means nothing beside another is refused.
 *
 * @param options with addresses in its endpoints, or they are refused here
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT
 */
export function planSend(options: SendOptions): SendPlan {
  const given = readOptions(options, SEND_OPTIONS)
  const { framing, transport, gso } = given
  if (transport === 'portable' && gso) {
    const remedy = `Use ${optionText('transport', 'socket')}, or leave it out.`
    throw meaningless('gso', 'the portable transport sends one datagram at a time', remedy)
  }
  const lingerMs = planLingerMs(given)
  return {
    endpoints: destinations(options),
    name: given.name ?? null,
    framing,
    session: planSession(given, lingerMs),
    retransmission: planRetransmission(options, framing),
    lingerMs,
    transport,
    count: given.count,
    rate: given.rate,
    burst: given.burst,
    messagesPerDatagram: whole(
      'messagesPerDatagram',
      given.messagesPerDatagram,
      1,
      maxMessagesPerDatagram(framing),
    ),
    instruments: given.instruments,
    seed: given.seed,
    batch: given.batch,
    gso,
    stamp: given.stamp,
    cpu: given.cpu,
    startDelayMs: given.startDelayMs,
    counters: given.counters,
    credit: planSendFlow(options, given),
  }
}

function planLingerMs({ framing, lingerMs, retransmit }: ReadSendOptions): number {
  if (framing === 'raw' && retransmit === undefined) {
    if (lingerMs === undefined) return 0
    throw meaningless(
      'lingerMs',
      'the framing raw has no sessions, and no message can be requested again',
      `Choose ${optionText('framing', 'moldudp64')}, add ${optionName('retransmit')}, or leave it out.`,
    )
  }
  return lingerMs ?? (retransmit === undefined ? DEFAULT_LINGER_MS : RETRANSMIT_LINGER_MS)
}

function planSession(
  { framing, session, heartbeatMs }: ReadSendOptions,
  lingerMs: number,
): SessionPlan | null {
  if (framing === 'moldudp64') {
    const name = session ?? DEFAULT_SESSION
    encodeMoldSession(name)
    return { name, heartbeatMs: heartbeatMs ?? DEFAULT_HEARTBEAT_MS, lingerMs }
  }
  for (const [name, value] of Object.entries({ session, heartbeatMs })) {
    if (value === undefined) continue
    throw meaningless(
      name,
      `the framing ${framing} has no sessions`,
      `Choose ${optionText('framing', 'moldudp64')}, or leave it out.`,
    )
  }
  return null
}

function destinations(options: EndpointOptions): readonly Endpoint[] {
  const endpoints = endpointTexts(options).map(destination)
  if (endpoints.length === 0 || endpoints.length > MAX_LINES) {
    throw badOption(`${endpoints.length} endpoints were given`, `Give from 1 to ${MAX_LINES}.`)
  }
  return endpoints
}
