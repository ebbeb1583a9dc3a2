import type { SessionEpoch } from '../../../foundation/clock.js'
import { NS_PER_SECOND } from '../../../foundation/units.js'
import { SO_TIMESTAMPNS, SOL_SOCKET, SOL_UDP, UDP_GRO } from '../../../native/constants.js'
import { createClock, type ThreadClock } from '../../../native/create-clock.js'
import {
  CMSGHDR_BYTES,
  CMSGHDR_LENGTH,
  CMSGHDR_LEVEL,
  CMSGHDR_TYPE,
  MMSGHDR_CONTROLLEN,
} from '../../../native/layout.js'
import { STAMP_BYTES } from '../../../ring/layout.js'
import { SlotProducer } from '../../../ring/slot-producer.js'
import { MARKET_DATA_BYTES } from '../../../wire/market-data-view.js'
import { MarketDataWriter } from '../../../wire/market-data-writer.js'
import {
  encodeMoldSession,
  MOLD_BLOCK_HEADER_BYTES,
  MOLD_HEADER_BYTES,
  writeMoldHeader,
} from '../../../wire/moldudp64.js'
import type { ReadingSection } from './sections.js'

const SESSION = encodeMoldSession('READING')
const MOLD_FIRST_SEQUENCE = 1
const INSTRUMENTS = 8
/** Ancillary data: a time stamp with its header, and the size of a segment with its. */
const TIME_ENTRY_BYTES = 32
const SEGMENT_ENTRY_BYTES = 24

/**
 * Fills a slot ring as kernel and receiver would: payloads, lengths, time stamps and the size of
 * coalesced datagrams. One thread, which is also the one that reads.
 */
export class ReadingTraffic {
  /** Messages in all slots together. */
  readonly messagesPerPass: number
  readonly #section: ReadingSection
  readonly #producer: SlotProducer
  readonly #words: Int32Array
  readonly #clock: ThreadClock
  readonly #writer: MarketDataWriter
  readonly #messagesPerSlot: number
  readonly #epochSeconds: number
  #sequence: number

  constructor(ring: SharedArrayBuffer, section: ReadingSection, epoch: SessionEpoch) {
    this.#section = section
    this.#producer = new SlotProducer(ring)
    this.#words = new Int32Array(ring)
    this.#clock = createClock(epoch)
    this.#writer = new MarketDataWriter(epoch)
    this.#writer.quantity = 100
    this.#messagesPerSlot = section.messagesPerDatagram * section.datagramsPerSlot
    this.#epochSeconds = epoch.unixSeconds
    this.#sequence = section.framing === 'raw' ? 0 : MOLD_FIRST_SEQUENCE
    this.messagesPerPass = section.slots * this.#messagesPerSlot
  }

  /** Writes the feed's next datagrams into all slots. */
  write(): void {
    this.#clock.read()
    this.#writer.sentNs = this.#clock.ns
    const coalesced = this.#section.datagramsPerSlot > 1
    for (let slot = 0; slot < this.#section.slots; slot++) {
      this.#writePayload(slot)
      const stamp = this.#producer.layout.stampsOffset + slot * STAMP_BYTES
      this.#writeTime(stamp)
      if (coalesced) this.#writeSegmentSize(stamp + TIME_ENTRY_BYTES)
      const controlBytes = TIME_ENTRY_BYTES + (coalesced ? SEGMENT_ENTRY_BYTES : 0)
      this.#words[(this.#producer.headerOffset(slot) + MMSGHDR_CONTROLLEN) >> 2] = controlBytes
    }
  }

  /** Hands all slots to the reader. */
  publish(): void {
    const { slots } = this.#section
    for (let left = slots; left > 0; ) {
      const claimed = this.#producer.claim(left)
      this.#producer.publish(claimed)
      left -= claimed
    }
  }

  #writePayload(slot: number): void {
    const { bytes } = this.#producer
    const count = this.#messagesPerSlot
    const blocks = this.#section.framing === 'moldudp64'
    const start = this.#producer.slotOffset(slot)
    let at = start
    if (blocks) {
      writeMoldHeader(bytes, at, SESSION, this.#sequence, count)
      at += MOLD_HEADER_BYTES
    }
    for (let i = 0; i < count; i++) {
      if (blocks) {
        bytes.setUint16(at, MARKET_DATA_BYTES)
        at += MOLD_BLOCK_HEADER_BYTES
      }
      this.#writer.sequence = this.#sequence + i
      this.#writer.instrument = i % INSTRUMENTS
      this.#writer.write(bytes, at)
      at += MARKET_DATA_BYTES
    }
    this.#sequence += count
    this.#producer.setLength(slot, at - start)
  }

  #writeTime(at: number): void {
    const { bytes } = this.#producer
    const seconds = Math.floor(this.#clock.ns / NS_PER_SECOND)
    this.#writeEntryHeader(at, 16, SOL_SOCKET, SO_TIMESTAMPNS)
    bytes.setUint32(at + CMSGHDR_BYTES, this.#epochSeconds + seconds, true)
    bytes.setUint32(at + CMSGHDR_BYTES + 8, this.#clock.ns - seconds * NS_PER_SECOND, true)
  }

  #writeSegmentSize(at: number): void {
    this.#writeEntryHeader(at, 4, SOL_UDP, UDP_GRO)
    const segmentBytes = this.#section.messagesPerDatagram * MARKET_DATA_BYTES
    this.#producer.bytes.setUint32(at + CMSGHDR_BYTES, segmentBytes, true)
  }

  #writeEntryHeader(at: number, dataBytes: number, level: number, type: number): void {
    const { bytes } = this.#producer
    bytes.setUint32(at + CMSGHDR_LENGTH, CMSGHDR_BYTES + dataBytes, true)
    bytes.setInt32(at + CMSGHDR_LEVEL, level, true)
    bytes.setInt32(at + CMSGHDR_TYPE, type, true)
  }
}
