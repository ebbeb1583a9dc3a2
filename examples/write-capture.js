/**
 * Writes a classic pcap file with 2,000 native messages, a millisecond apart, to 239.1.1.1 port 9001:
 * something to replay for whoever has no recording at hand.
 *
 *   node examples/write-capture.js feed.pcap
 *   npx tickwire replay feed.pcap udp://127.0.0.1:9001
 */
import { writeFileSync } from 'node:fs'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS, SIDE } from 'tickwire/wire'

const MESSAGES = 2000
const HEADERS_BYTES = 20 + 8

/** File header: magic number of microsecond files, version 2.4, link type 101 (raw IP). */
const file = Buffer.alloc(24)
file.writeUInt32LE(0xa1b2c3d4, 0)
file.writeUInt16LE(2, 4)
file.writeUInt16LE(4, 6)
file.writeUInt32LE(65535, 16)
file.writeUInt32LE(101, 20)

const records = Array.from({ length: MESSAGES }, (_, sequence) => {
  const packet = Buffer.alloc(16 + HEADERS_BYTES + MARKET_DATA_BYTES)
  packet.writeUInt32LE(1_700_000_000 + Math.floor(sequence / 1000), 0)
  packet.writeUInt32LE((sequence % 1000) * 1000, 4)
  packet.writeUInt32LE(HEADERS_BYTES + MARKET_DATA_BYTES, 8)
  packet.writeUInt32LE(HEADERS_BYTES + MARKET_DATA_BYTES, 12)

  const ip = packet.subarray(16)
  ip[0] = 0x45
  ip.writeUInt16BE(HEADERS_BYTES + MARKET_DATA_BYTES, 2)
  ip[8] = 1
  ip[9] = 17
  ip.set([10, 0, 0, 1], 12)
  ip.set([239, 1, 1, 1], 16)
  ip.writeUInt16BE(9001, 20)
  ip.writeUInt16BE(9001, 22)
  ip.writeUInt16BE(8 + MARKET_DATA_BYTES, 24)

  const message = ip.subarray(HEADERS_BYTES)
  message.writeBigInt64LE(BigInt(100 + (sequence % 7)) * 1_000_000_000n, MARKET_DATA_OFFSETS.price)
  message.writeUInt32LE(sequence, MARKET_DATA_OFFSETS.sequence)
  message.writeUInt32LE(sequence % 8, MARKET_DATA_OFFSETS.instrument)
  message.writeUInt32LE(100, MARKET_DATA_OFFSETS.quantity)
  message.writeUInt8(SIDE.trade, MARKET_DATA_OFFSETS.side)
  return packet
})

const path = process.argv[2] ?? 'feed.pcap'
writeFileSync(path, Buffer.concat([file, ...records]))
console.log(`${MESSAGES} datagrams in ${path}`)
