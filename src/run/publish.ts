import { badOption } from '../foundation/errors.js'
import { optionName, optionText } from '../foundation/option-name.js'
import { createRing, MAX_SLOTS } from '../ring/layout.js'
import { MAX_PAYLOAD_BYTES, maxMessagesPerDatagram } from '../send/datagrams/datagram-writer.js'
import { MOLD_FIRST_SEQUENCE } from '../send/datagrams/mold-datagram-writer.js'
import { MARKET_DATA_BYTES, MOLD_BLOCK_HEADER_BYTES, MOLD_HEADER_BYTES } from '../wire/index.js'
import { closeCounters } from './memory/run-counters.js'
import { createSendCounters } from './memory/send-counters.js'
import { readOptions, type TableOf, whole } from './options/declaration.js'
import { resolveSendHosts } from './options/resolve-hosts.js'
import { type StoredRetransmission, startRetransmission } from './options/retransmission-plan.js'
import { SEND_OPTIONS, type SendOptions } from './options/send-options.js'
import { planSend, type SendPlan } from './options/send-plan.js'
import { Publication } from './transmission/publication.js'
import { Transmission } from './transmission/transmission.js'

const DEFAULT_MESSAGE_BYTES = 256

/** How to publish messages of one's own. Everything has a default; what is not said here is as for `send`. */
export interface PublishOptions
  extends Omit<
    SendOptions,
    | 'count'
    | 'rate'
    | 'burst'
    | 'instruments'
    | 'seed'
    | 'gso'
    | 'stamp'
    | 'startDelayMs'
    | 'transport'
  > {
  /** MoldUDP64: bytes of the longest message. Default 256; with `raw` it is 29 always. */
  readonly messageBytes?: number | undefined
  /**
   * Messages that were offered and not sent yet at most, a power of two: what a burst may be ahead of the
   * sender. Default 1,024.
   */
  readonly slots?: number | undefined
  /** The sequence of the first message, to go on with a feed. Default 0 for `raw`, 1 for `moldudp64`. */
  readonly firstSequence?: number | undefined
}

const {
  count: _count,
  rate: _rate,
  burst: _burst,
  instruments: _instruments,
  seed: _seed,
  gso: _gso,
  stamp: _stamp,
  startDelayMs: _startDelayMs,
  transport: _transport,
  ...SHARED_OPTIONS
} = SEND_OPTIONS

/** Each option of `publish` once: those that it shares with `send`, and its own. */
export const PUBLISH_OPTIONS = {
  ...SHARED_OPTIONS,
  messageBytes: {
    kind: 'whole',
    min: 1,
    otherwise: '256; raw: 29',
    help: 'make room for a message of this size',
  },
  slots: {
    kind: 'whole',
    min: 1,
    max: MAX_SLOTS,
    default: 1024,
    help: 'let this many messages wait to be sent, a power of two',
  },
  firstSequence: {
    kind: 'whole',
    min: 0,
    otherwise: '0; moldudp64: 1',
    help: 'give the first message this sequence',
  },
} as const satisfies TableOf<PublishOptions>

/**
 * Starts a thread that sends what it is offered. Resolves when it is ready; with flow control offers
 * succeed from the first receiver on, and there is no limit to how long that may take.
 *
 * @throws {TickwireError} as `send` does; TW_NOT_SUPPORTED without the socket transport
 */
export async function publish(options: PublishOptions = {}): Promise<Publication> {
  const { framing, slots, messagesPerDatagram } = readOptions(options, PUBLISH_OPTIONS)
  const { messageBytes: givenBytes, slots: _, firstSequence: givenFirst, ...sending } = options
  const messageBytes = planMessageBytes(framing, givenBytes)
  const flowWaitMs = options.flow === 'credit' ? (options.flowWaitMs ?? 0) : options.flowWaitMs
  const plan = planSend(await resolveSendHosts({ ...sending, flowWaitMs, messagesPerDatagram: 1 }))
  const firstSequence = planFirstSequence(plan, givenFirst)
  const perDatagram = whole(
    'messagesPerDatagram',
    messagesPerDatagram,
    1,
    maxMessagesPerDatagram(framing, messageBytes),
  )
  const ring = createRing(slots, messageBytes)
  const counters = createSendCounters(
    plan.endpoints.length,
    plan.counters,
    plan.retransmission !== null,
  )
  let retransmission: StoredRetransmission | undefined
  try {
    retransmission = await startRetransmission(plan, counters.counters)
    const transmission = await Transmission.start({
      endpoints: plan.endpoints,
      cpu: plan.cpu,
      transport: plan.transport,
      source: {
        kind: 'offers',
        plan: { ...plan, messagesPerDatagram: perDatagram },
        store: retransmission?.store,
        ring,
        messageBytes,
        firstSequence,
      },
      counters,
      retransmission: retransmission?.server,
      // A session lingers by itself: its end is repeated.
      lingerMs: plan.session === null ? plan.lingerMs : 0,
      signal: options.signal,
      onWarning: options.onWarning,
    })
    const honours = plan.credit !== null
    return new Publication({ transmission, ring, framing, messageBytes, firstSequence, honours })
  } catch (error) {
    await retransmission?.server.stop()
    closeCounters(counters.counters)
    throw error
  }
}

function planMessageBytes(framing: string, messageBytes: number | undefined): number {
  if (framing !== 'raw') {
    const most = MAX_PAYLOAD_BYTES - MOLD_HEADER_BYTES - MOLD_BLOCK_HEADER_BYTES
    return whole('messageBytes', messageBytes ?? DEFAULT_MESSAGE_BYTES, 1, most)
  }
  if (messageBytes === undefined || messageBytes === MARKET_DATA_BYTES) return MARKET_DATA_BYTES
  throw badOption(
    `${optionName('messageBytes')} is ${messageBytes}, but with the framing raw a message has ${MARKET_DATA_BYTES}`,
    `Choose ${optionText('framing', 'moldudp64')}, or leave it out.`,
  )
}

function planFirstSequence({ session }: SendPlan, firstSequence: number | undefined): number {
  if (session === null) return whole('firstSequence', firstSequence ?? 0, 0, 2 ** 32 - 1)
  return whole('firstSequence', firstSequence ?? MOLD_FIRST_SEQUENCE, MOLD_FIRST_SEQUENCE)
}
