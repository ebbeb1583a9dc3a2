import { isIPv4 } from 'node:net'

/** A UDP datagram to be recorded. */
export interface RecordedDatagram {
  readonly address: string
  readonly port: number
  readonly payload: Uint8Array
}

const ETHERNET_BYTES = 14
const IPV4_BYTES = 20
const UDP_BYTES = 8
const HEADERS_BYTES = ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES

/** A classic pcap file, microseconds, Ethernet and IPv4, with a millisecond between datagrams. */
export function captureFile(datagrams: readonly RecordedDatagram[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65535, 16)
  header.writeUInt32LE(1, 20)
  return Buffer.concat([header, ...datagrams.map(record)])
}

function record({ address, port, payload }: RecordedDatagram, index: number): Buffer {
  if (!isIPv4(address)) throw new Error(`${address} is not IPv4`)
  const length = HEADERS_BYTES + payload.length
  const bytes = Buffer.alloc(16 + length)
  bytes.writeUInt32LE(1_700_000_000, 0)
  bytes.writeUInt32LE(index * 1000, 4)
  bytes.writeUInt32LE(length, 8)
  bytes.writeUInt32LE(length, 12)
  const ethernet = bytes.subarray(16)
  ethernet.writeUInt16BE(0x0800, 12)
  const ip = ethernet.subarray(ETHERNET_BYTES)
  ip.writeUInt8(0x45, 0)
  ip.writeUInt16BE(length - ETHERNET_BYTES, 2)
  ip.writeUInt8(64, 8)
  ip.writeUInt8(17, 9)
  address.split('.').forEach((part, i) => {
    ip.writeUInt8(Number(part), 16 + i)
  })
  const udp = ip.subarray(IPV4_BYTES)
  udp.writeUInt16BE(40_000, 0)
  udp.writeUInt16BE(port, 2)
  udp.writeUInt16BE(UDP_BYTES + payload.length, 4)
  udp.set(payload, UDP_BYTES)
  return bytes
}
