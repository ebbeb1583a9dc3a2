/**
 * A window on one message whose layout nobody has described: where it lies, and how long it is.
 *
 * A flyweight: one instance is moved from message to message, so delivering one costs no memory.
 * What it shows is valid only during the call that it was passed to, because the slot below it goes
 * back to the receiver afterwards. A message that must be kept has to be copied.
 *
 * Confined to the thread that made it. Every field has its final kind from construction on; the
 * initialisers are needed for that, since a bare declaration would start as `undefined` and make
 * the engine box each number stored there.
 */
export class MessageView {
  /** The memory that holds the message, usually a whole ring: read only from `offset` on. */
  bytes: DataView = new DataView(new ArrayBuffer(0))
  /** Bytes from the start of `bytes` to the message. */
  offset = 0
  /** Bytes of the message. */
  length = 0

  /**
   * Moves the window and returns it. Nothing is copied and nothing is checked: the framing that
   * found the message has already proven that `[offset, offset + length)` lies in its datagram.
   */
  wrap(bytes: DataView, offset: number, length: number): this {
    this.bytes = bytes
    this.offset = offset
    this.length = length
    return this
  }
}
