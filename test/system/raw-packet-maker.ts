import { FlowSetup } from '../../src/wire/flow-setup.js'
import { FlowStatus } from '../../src/wire/flow-status.js'
import { requestBytes } from '../retransmit/retransmission-datagrams.js'
import { type PacketParts, udpPacket } from '../transport/packets.js'
import { moldDatagram, rawDatagram } from '../wire/datagrams.js'

const LONGEST = 1400
const UDP = 17
const ICMP_LIKE = 253

/** A packet, and what its way through the kernel must be. */
export interface MadePacket {
  readonly bytes: Uint8Array
  /** Whether the UDP layer of the kernel hands it to a socket on its port. */
  readonly reachesSocket: boolean
  /** Whether a packet socket that filters for UDP and the port sees it. */
  readonly reachesRing: boolean
}

/** Makes packets from a seed: right ones, damaged ones, and some that are neither. */
export class PacketMaker {
  #x: number

  constructor(seed: number) {
    this.#x = seed | 1
  }

  /** Marsaglia's generator. @returns a whole number below `limit` */
  below(limit: number): number {
    this.#x ^= this.#x << 13
    this.#x ^= this.#x >>> 17
    this.#x ^= this.#x << 5
    return (this.#x >>> 0) % limit
  }

  /** @param from the source; default: one of several, with any port, 0 too */
  packet(
    to: { address: string; port: number },
    from?: { address: string; port: number },
  ): MadePacket {
    const payload = this.#payload()
    const parts: PacketParts = {
      from: from?.address ?? `127.0.0.${2 + this.below(8)}`,
      fromPort: from?.port ?? (this.below(16) === 0 ? 0 : this.below(65_536)),
      to: to.address,
      port: to.port,
      payload,
    }
    const whole = { reachesSocket: true, reachesRing: true }
    const neither = { reachesSocket: false, reachesRing: false }
    const ringOnly = { reachesSocket: false, reachesRing: true }
    switch (this.below(12)) {
      case 0: {
        // One bit of a right checksum, so that it never is right by chance; 0 would mean "none".
        const right = udpPacket(parts).readUInt16BE(26)
        const checksum = (right ^ 0x0400) === 0 ? right ^ 0x0200 : right ^ 0x0400
        return { ...ringOnly, bytes: udpPacket({ ...parts, checksum }) }
      }
      case 1: {
        const udpBytes = this.below(65_536)
        const fits = udpBytes >= 8 && udpBytes <= 8 + payload.length
        const bytes = udpPacket({ ...parts, udpBytes, checksum: 0 })
        return { bytes, reachesSocket: fits, reachesRing: true }
      }
      case 2: {
        const offset = this.below(100)
        const more = offset === 0 || this.below(2) === 0
        const bytes = udpPacket({ ...parts, fragment: { offset, more } })
        return offset === 0 ? { ...ringOnly, bytes } : { ...neither, bytes }
      }
      case 3:
        return { ...neither, bytes: udpPacket({ ...parts, protocol: ICMP_LIKE }) }
      case 4:
        return {
          ...whole,
          bytes: udpPacket({ ...parts, protocol: UDP, optionWords: this.below(10) }),
        }
      case 5:
        return { ...whole, bytes: udpPacket({ ...parts, checksum: 0 }) }
      default:
        return { ...whole, bytes: udpPacket(parts) }
    }
  }

  /** What one of our programs could take for its own, whole or damaged. */
  #payload(): Uint8Array {
    const bytes = Uint8Array.from(this.#meant())
    for (let damages = this.below(4); damages > 0 && bytes.length > 0; damages--) {
      bytes[this.below(bytes.length)] = this.below(256)
    }
    return this.below(4) === 0 ? bytes.subarray(0, this.below(bytes.length + 1)) : bytes
  }

  #meant(): Uint8Array {
    const sequence = this.below(3) === 0 ? this.below(2 ** 31) : this.below(5000)
    switch (this.below(8)) {
      case 0:
        return rawDatagram(sequence, 1 + this.below(8))
      case 1: {
        const messages = Array.from({ length: this.below(5) }, () => rawDatagram(sequence, 1))
        const count = [messages.length, 0, 0xffff, this.below(65_536)][this.below(4)] ?? 0
        const session = ['FUZZ', 'OTHER', ''][this.below(3)] ?? ''
        return moldDatagram({ session, sequence: BigInt(1 + sequence), messages, count })
      }
      case 2:
        return requestBytes({
          session: 'FUZZ',
          sequence: BigInt(sequence),
          count: this.below(65_536),
        })
      case 3: {
        const setup = new FlowSetup()
        setup.sessionHigh = this.below(2 ** 31)
        setup.sequence = sequence
        const bytes = new Uint8Array(28)
        setup.write(new DataView(bytes.buffer), 0)
        return bytes
      }
      case 4: {
        const status = new FlowStatus()
        status.sessionLow = this.below(2 ** 31)
        status.consumed = sequence
        status.window = this.below(2 ** 21)
        status.leaving = this.below(2) === 0
        const bytes = new Uint8Array(40)
        status.write(new DataView(bytes.buffer), 0)
        return bytes
      }
      default:
        return Uint8Array.from({ length: this.below(LONGEST) }, () => this.below(256))
    }
  }
}
