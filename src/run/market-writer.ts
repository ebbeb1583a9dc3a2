import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_MS } from '../foundation/units.js'
import type { DatagramWriter } from '../send/datagram-writer.js'
import { Market } from '../send/market.js'
import type { MessageStore } from '../send/message-store.js'
import { MOLD_FIRST_SEQUENCE, MoldDatagramWriter } from '../send/mold-datagram-writer.js'
import type { SessionParts } from '../send/mold-session.js'
import { RawDatagramWriter } from '../send/raw-datagram-writer.js'
import { SessionTimer } from '../send/session-timer.js'
import type { SendPlan } from './send-options.js'

/** A generated market and what writes it, as the sending loops take them. */
export interface MarketWriter {
  readonly market: Market
  readonly writer: DatagramWriter
  readonly session: SessionParts | undefined
}

/**
 * Makes a market, with the writer of the framing that is planned.
 *
 * @param store is given every message before it is sent
 */
export function createMarketWriter(
  plan: Pick<SendPlan, 'framing' | 'session' | 'instruments' | 'seed'>,
  epoch: SessionEpoch,
  store?: MessageStore,
): MarketWriter {
  const { session, instruments, seed } = plan
  if (plan.framing === 'raw' || session === null) {
    const market = new Market(instruments, seed, epoch, 0)
    return { market, writer: new RawDatagramWriter(market, store), session: undefined }
  }
  const market = new Market(instruments, seed, epoch, MOLD_FIRST_SEQUENCE)
  const writer = new MoldDatagramWriter(market, session.name, store)
  const timer = new SessionTimer(session.heartbeatMs * NS_PER_MS, session.lingerMs * NS_PER_MS)
  return { market, writer, session: { writer, timer } }
}
