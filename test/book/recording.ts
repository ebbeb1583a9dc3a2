import { writeFileSync } from 'node:fs'
import type { BookProtocol } from '../../src/book/index.js'
import { PcapWriter } from '../../src/capture/pcap-writer.js'
import { Encoder } from './encode.js'
import { Market, type MarketOptions } from './market.js'
import type { MarketEvent } from './market-event.js'

/** Seconds since 1970 of the first packet: 2026-03-02, 9:30 in New York. */
export const RECORDED_SECONDS = 1_772_461_800
/** Between two datagrams. */
export const STEP_NS = 1_000_000

const IEX_PROTOCOLS: Readonly<Partial<Record<BookProtocol, number>>> = {
  tops16: 0x8003,
  deep10: 0x8004,
  deepplus10: 0x8005,
}
const SOURCE = { address: Uint8Array.of(10, 0, 0, 1), port: 5000 }
const DESTINATION = { address: Uint8Array.of(239, 1, 1, 1), port: 9001 }
const DATAGRAM_ROOM = 2048

/** What is other than the market's messages, one after the other. */
export interface RecordingOptions {
  /** Messages of a datagram. */
  readonly perDatagram?: number
  /** Datagrams that are not in it, by number from 0 on. */
  readonly without?: (datagram: number) => boolean
  /** Says something else in place of a message. */
  readonly instead?: (event: MarketEvent, sequence: number) => MarketEvent
  /** How often the publisher begins again at 1, and once. */
  readonly runs?: number
  /** Ends with a heartbeat that tells of so many messages behind the last one. */
  readonly lostBehind?: number
}

/** Writes a made-up market as a recording: ITCH in MoldUDP64, the others in IEX-TP. @returns its datagrams */
export function writeRecording(
  file: string,
  market: MarketOptions,
  messages: number,
  options: RecordingOptions = {},
): number {
  const { perDatagram = 3, without = () => false, instead = (event) => event, runs = 1 } = options
  const encoder = new Encoder(market.protocol)
  const content = new DataView(new ArrayBuffer(64 + runs * messages * 120))
  const payload = new DataView(new ArrayBuffer(DATAGRAM_ROOM))
  const writer = new PcapWriter()
  let end = PcapWriter.writeFileHeader(content, 0)
  let datagram = 0
  for (let run = 0; run < runs; run++) {
    const publisher = new Market({ ...market, seed: market.seed + run })
    for (let first = 1; first <= messages; first += perDatagram) {
      const count = Math.min(perDatagram, messages + 1 - first)
      let length = market.protocol === 'itch50' ? 20 : 40
      const head = length
      for (let sequence = first; sequence < first + count; sequence++) {
        const event = instead(publisher.next(), sequence)
        const size = encoder.encode(event, RECORDED_SECONDS * 1e3 + sequence)
        payload.setUint16(length, size, market.protocol !== 'itch50')
        for (let i = 0; i < size; i++) payload.setUint8(length + 2 + i, encoder.bytes.getUint8(i))
        length += 2 + size
      }
      writeHead(payload, market.protocol, first, count, length - head)
      if (!without(datagram)) {
        const ns = datagram * STEP_NS
        end += writer.write(
          ...([content, end, RECORDED_SECONDS + Math.floor(ns / 1e9), ns % 1e9] as const),
          ...([SOURCE, DESTINATION, payload, 0, length] as const),
        )
      }
      datagram++
    }
  }
  if (options.lostBehind !== undefined) {
    writeHead(payload, market.protocol, messages + 1 + options.lostBehind, 0, 0)
    const headBytes = market.protocol === 'itch50' ? 20 : 40
    end += writer.write(
      ...([content, end, RECORDED_SECONDS + 1000, 0] as const),
      ...([SOURCE, DESTINATION, payload, 0, headBytes] as const),
    )
  }
  writeFileSync(file, new Uint8Array(content.buffer, 0, end))
  return datagram
}

function writeHead(
  bytes: DataView,
  protocol: BookProtocol,
  first: number,
  count: number,
  blockBytes: number,
): void {
  const number = IEX_PROTOCOLS[protocol]
  if (number === undefined) {
    for (let i = 0; i < 10; i++) bytes.setUint8(i, 'SESSION001'.charCodeAt(i))
    bytes.setBigUint64(10, BigInt(first))
    bytes.setUint16(18, count)
    return
  }
  bytes.setUint8(0, 1)
  bytes.setUint16(2, number, true)
  bytes.setUint32(4, 1, true)
  bytes.setUint32(8, 77, true)
  bytes.setUint16(12, blockBytes, true)
  bytes.setUint16(14, count, true)
  bytes.setBigInt64(16, 0n, true)
  bytes.setBigInt64(24, BigInt(first), true)
  bytes.setBigInt64(32, BigInt(RECORDED_SECONDS) * 1_000_000_000n, true)
}
