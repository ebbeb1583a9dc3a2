import { networkInterfaces } from 'node:os'
import { folded, udpChecksum } from '../capture/checksums.js'
import { PCAP_RECORD_BYTES } from '../capture/containers/pcap-container.js'
import { PcapWriter } from '../capture/pcap-writer.js'
import { copyBytes } from '../foundation/copy-bytes.js'
import { AF_INET6 } from '../native/constants.js'
import { encodeSocketAddress } from '../native/socket-address.js'

const ETHERNET_BYTES = 14
const IPV4_BYTES = 20
const IPV6_BYTES = 40
const UDP_BYTES = 8
const IP = PCAP_RECORD_BYTES + ETHERNET_BYTES
const IPV4_TOTAL = IP + 2
const IPV4_CHECKSUM = IP + 10
const IPV6_PAYLOAD = IP + 4
/** A socket address: family, port, then the address behind the port or behind an IPv6 flow. */
const ADDRESS_WORDS = 7
const NOTHING = new DataView(new ArrayBuffer(0))

/**
 * The headers of the packets of one line, made once for each sender: what differs from packet to packet is
 * written over. One thread; no allocation while the sender stays.
 */
export class PacketHeaders {
  readonly #bytes = new DataView(new ArrayBuffer(IP + IPV6_BYTES + UDP_BYTES))
  readonly #key = new Int32Array(2 * ADDRESS_WORDS)
  #made = false
  #ipv6 = false
  /** The sum of an IPv4 header without its length. */
  #sum = 0
  #udp = 0
  #length = 0

  /**
   * Prepares for datagrams from one address to another, both socket addresses in `bytes`. Where a destination
   * is any address, and where an address is not known, the other one's family decides.
   */
  choose(bytes: DataView, sender: number, destination: number): void {
    const key = this.#key
    let same = this.#made
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      const from = bytes.getInt32(sender + 4 * i, true)
      const to = bytes.getInt32(destination + 4 * i, true)
      if (key[i] === from && key[ADDRESS_WORDS + i] === to) continue
      key[i] = from
      key[ADDRESS_WORDS + i] = to
      same = false
    }
    if (!same) this.#make(bytes, sender, destination)
  }

  /** Bytes that a datagram takes in the file; 0 if it is too long for an IP packet. */
  recordBytes(payloadBytes: number): number {
    return PcapWriter.recordBytes(payloadBytes, this.#ipv6)
  }

  /** Writes the record of a datagram at `offset` of `to`, where there is room. @returns its bytes */
  write(
    to: DataView,
    offset: number,
    seconds: number,
    nanoseconds: number,
    payload: DataView,
    payloadOffset: number,
    payloadBytes: number,
  ): number {
    const udpBytes = UDP_BYTES + payloadBytes
    const recordBytes = this.#length + payloadBytes
    copyBytes(this.#bytes, 0, to, offset, this.#length)
    to.setUint32(offset, seconds, true)
    to.setUint32(offset + 4, nanoseconds, true)
    to.setUint32(offset + 8, recordBytes - PCAP_RECORD_BYTES, true)
    to.setUint32(offset + 12, recordBytes - PCAP_RECORD_BYTES, true)
    const udp = offset + this.#udp
    to.setUint16(udp + 4, udpBytes)
    copyBytes(payload, payloadOffset, to, udp + UDP_BYTES, payloadBytes)
    if (this.#ipv6) {
      to.setUint16(offset + IPV6_PAYLOAD, udpBytes)
      to.setUint16(udp + 6, udpChecksum(to, offset + IP, udp, udpBytes))
    } else {
      const total = IPV4_BYTES + udpBytes
      to.setUint16(offset + IPV4_TOTAL, total)
      to.setUint16(offset + IPV4_CHECKSUM, folded(this.#sum + total))
    }
    return recordBytes
  }

  #make(bytes: DataView, sender: number, destination: number): void {
    const ipv6 = bytes.getUint16(destination, true) === AF_INET6
    const from = addressOf(bytes, sender, ipv6)
    const to = addressOf(bytes, destination, ipv6)
    if (to.address.every((byte) => byte === 0)) to.address.set(localAddress(from.address))
    this.#ipv6 = ipv6
    this.#udp = IP + (ipv6 ? IPV6_BYTES : IPV4_BYTES)
    this.#length = PcapWriter.recordBytes(0, ipv6)
    new PcapWriter().write(this.#bytes, 0, 0, 0, from, to, NOTHING, 0, 0)
    this.#sum = 0
    for (let i = 0; i < IPV4_BYTES; i += 2) {
      if (i !== 2 && i !== 10) this.#sum += this.#bytes.getUint16(IP + i)
    }
    this.#made = true
  }
}

function addressOf(bytes: DataView, offset: number, ipv6: boolean) {
  const address = new Uint8Array(ipv6 ? 16 : 4)
  const fits = (bytes.getUint16(offset, true) === AF_INET6) === ipv6
  if (fits)
    for (let i = 0; i < address.length; i++)
      address[i] = bytes.getUint8(offset + (ipv6 ? 8 : 4) + i)
  return { address, port: bytes.getUint16(offset + 2) }
}

/**
 * For a line that takes what comes to any address of this machine: the one that the sender most likely used.
 * From this machine that is its own; else the one in the sender's network, or the first there is.
 */
function localAddress(sender: Uint8Array): Uint8Array {
  const ipv6 = sender.length === 16
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((one) => one.family === (ipv6 ? 'IPv6' : 'IPv4'))
    .map((one) => ({
      address: encodeSocketAddress(one.address, 0).subarray(...(ipv6 ? [8, 24] : [4, 8])),
      mask: encodeSocketAddress(one.netmask, 0).subarray(...(ipv6 ? [8, 24] : [4, 8])),
      internal: one.internal,
    }))
  const near = own.find(({ address, mask }) =>
    address.every((byte, i) => (byte & (mask[i] ?? 0)) === ((sender[i] ?? 0) & (mask[i] ?? 0))),
  )
  if (near?.internal === true) return sender
  return (near ?? own.find(({ internal }) => !internal))?.address ?? sender
}
