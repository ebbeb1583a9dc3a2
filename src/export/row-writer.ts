import type { MessageView } from '../wire/message-view.js'

/** What a row has beside the message's own fields. */
export interface RowHead {
  sequence: number
  /** When the kernel or the tap received it, nanoseconds since 1970; null where nobody noted it. */
  receivedNs: bigint | null
  /** When its datagram was sent, by the framing; null where the framing does not say. */
  sentNs: bigint | null
  type: string
}

/** Takes what was encoded; the memory may be used again after the call. */
export type ByteSink = (bytes: Uint8Array) => void

/** Writes messages as rows of a table. One thread; what it holds back is bounded. */
export interface RowWriter {
  write(head: Readonly<RowHead>, message: MessageView): void
  /** Writes what is still held back, and the table's end. */
  finish(): void
}

/** Bytes of text that are gathered before they go to the sink. */
export const TEXT_CHUNK_CHARACTERS = 65_536
