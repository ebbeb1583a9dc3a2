/** A copy of the one datagram that waits for a second witness. One thread. */
export class SuspectDatagram {
  readonly bytes: DataView
  length = 0

  /** @param capacity bytes that a datagram has at most */
  constructor(capacity: number) {
    this.bytes = new DataView(new ArrayBuffer(capacity))
  }

  /** Replaces what was held. */
  keep(from: DataView, offset: number, length: number): void {
    for (let i = 0; i < length; i++) this.bytes.setUint8(i, from.getUint8(offset + i))
    this.length = length
  }
}
