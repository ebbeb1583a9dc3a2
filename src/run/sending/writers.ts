import type { SessionEpoch } from '../../foundation/clock.js'
import { NS_PER_MS } from '../../foundation/units.js'
import type {
  DatagramWriter,
  Messages,
  WriterOptions,
} from '../../send/datagrams/datagram-writer.js'
import {
  MOLD_FIRST_SEQUENCE,
  MoldDatagramWriter,
} from '../../send/datagrams/mold-datagram-writer.js'
import { RawDatagramWriter } from '../../send/datagrams/raw-datagram-writer.js'
import { Market } from '../../send/messages/market.js'
import { OfferedMessages } from '../../send/messages/offered-messages.js'
import type { SendSchedule } from '../../send/messages/schedule.js'
import type { SessionParts } from '../../send/session/mold-session.js'
import { SessionTimer } from '../../send/session/session-timer.js'
import type { MessageStore } from '../../wire/message-store.js'
import type { SendPlan, SessionPlan } from '../options/send-plan.js'

/** Messages and what writes them, as the sending loops take them. */
export interface MarketWriter {
  readonly messages: Messages
  readonly writer: DatagramWriter
  readonly session: SessionParts | undefined
}

/**
 * Makes a market, with the writer of the framing that is planned.
 *
 * @param store is given every message before it is sent
 */
export function createMarketWriter(
  plan: Pick<SendPlan, 'session' | 'instruments' | 'seed'>,
  epoch: SessionEpoch,
  store?: MessageStore,
): MarketWriter {
  const { session, instruments, seed } = plan
  const firstSequence = session === null ? 0 : MOLD_FIRST_SEQUENCE
  const market = new Market(instruments, seed, epoch, firstSequence)
  return createWriter(market, session, { store, firstSequence })
}

/** What of a publication's plan its writer needs. */
export interface OfferPlan {
  readonly ring: SharedArrayBuffer
  readonly session: SessionPlan | null
  readonly messageBytes: number
  readonly firstSequence: number
}

/** The same for messages that another thread offers: they are their own schedule. */
export function createOfferWriter(
  plan: OfferPlan,
  epoch: SessionEpoch,
  closed: () => boolean,
  store?: MessageStore,
): MarketWriter & { readonly schedule: SendSchedule } {
  const { ring, session, messageBytes, firstSequence } = plan
  const native = session === null
  const offered = new OfferedMessages({ ring, closed, native, epoch, firstSequence })
  const writer = createWriter(offered, session, { store, firstSequence, messageBytes })
  return { ...writer, schedule: offered }
}

/** @param session null: the framing is raw */
function createWriter(
  messages: Messages,
  session: SessionPlan | null,
  options: WriterOptions,
): MarketWriter {
  if (session === null) {
    return { messages, writer: new RawDatagramWriter(messages, options), session: undefined }
  }
  const writer = new MoldDatagramWriter(messages, session.name, options)
  const timer = new SessionTimer(session.heartbeatMs * NS_PER_MS, session.lingerMs * NS_PER_MS)
  return { messages, writer, session: { writer, timer } }
}
