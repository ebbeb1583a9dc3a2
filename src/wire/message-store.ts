/**
 * Keeps what was published, so that it can be asked for again. Called by the sender's thread, on its hot
 * path: no allocation, and nothing may be thrown.
 */
export interface MessageStore {
  /**
   * Called once for each message, in the order of the sequence, before the message is sent. The bytes
   * are valid only during the call.
   */
  append(bytes: DataView, offset: number, length: number): void
  /** All messages of a datagram have been appended: from now on they can be asked for. */
  publish(): void
}
