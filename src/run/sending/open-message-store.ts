import { RetransmitStoreWriter } from '../../retransmit/store-writer.js'
import { MOLD_FIRST_SEQUENCE } from '../../send/datagrams/mold-datagram-writer.js'
import type { MessageStore } from '../../wire/message-store.js'
import { encodeMoldSession, MOLD_SESSION_BYTES } from '../../wire/moldudp64.js'

/** What requests carry where the framing has no sessions: ten spaces. */
const NO_SESSION = new Uint8Array(MOLD_SESSION_BYTES).fill(0x20)

/**
 * The writing end of a store, for the thread that sends.
 *
 * @param session undefined where the framing has none
 */
export function openMessageStore(
  store: SharedArrayBuffer,
  session: string | undefined,
  firstSequence = session === undefined ? 0 : MOLD_FIRST_SEQUENCE,
): MessageStore {
  return new RetransmitStoreWriter(store, {
    session: session === undefined ? NO_SESSION : encodeMoldSession(session),
    firstSequence,
  })
}
