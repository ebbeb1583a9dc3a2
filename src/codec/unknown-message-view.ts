import { MessageView } from '../wire/message-view.js'

/** A message that its protocol cannot name: of an unknown type, or shorter than its type must be. */
export class UnknownMessageView extends MessageView {
  /** True for a message that is too short, false for one of an unknown type. */
  fault = false

  /** Tells it from the messages that the protocol knows. */
  get type(): 'unknown' {
    return 'unknown'
  }

  /** Moves the window and says what is wrong with the message below. */
  mark(bytes: DataView, offset: number, length: number, fault: boolean): this {
    this.bytes = bytes
    this.offset = offset
    this.length = length
    this.fault = fault
    return this
  }

  /** A copy that may be kept, the bytes in hexadecimal digits. */
  toObject(): UnknownMessageObject {
    const bytes = new Uint8Array(
      this.bytes.buffer,
      this.bytes.byteOffset + this.offset,
      this.length,
    )
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return { type: 'unknown', bytes: hex }
  }
}

/** An unknown message as a plain object. */
export interface UnknownMessageObject {
  type: 'unknown'
  /** Hexadecimal digits, two a byte. */
  bytes: string
}
