import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { indexHead, indexLine } from '../capture/capture-index.js'
import { PCAP_RECORD_BYTES } from '../capture/containers/pcap-container.js'
import { PCAP_FILE_HEADER_BYTES, PcapWriter } from '../capture/pcap-writer.js'
import type { RecordingPacking } from './recording-plan.js'

/** A file of a recording, as reports tell of it. */
export interface RecordedFile {
  readonly file: string
  readonly packets: number
  /** As they lie on the disk. */
  readonly bytes: number
  /** When its first and last datagram came, ns since 1970; null without one. */
  readonly firstNs: string | null
  readonly lastNs: string | null
}

/** Records that belong together: a piece of the file that is written at once. */
export interface RecordBatch {
  /** Records one behind the other, from the start. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly view: DataView
  length: number
  packets: number
  /** Where the last record begins. */
  lastAt: number
}

/** The text beside a file takes so much at least, so that another of that length fits on a full disk. */
const JSON_ROOM_BYTES = 4096
/** In the index of a file that is not packed, places are so many bytes apart at least. */
const PLACE_BYTES = 2 ** 19
const NS_PER_SECOND = 1_000_000_000n

/**
 * One file of a recording, with its index and its ledger beside it. What is on the disk ends with a whole
 * record, or a whole member, after each call. One thread; blocks while it writes.
 */
export class RecordingFile {
  readonly path: string
  packets = 0
  bytes = 0
  /** When this file was begun, ms since 1970. */
  readonly begunMs: number
  readonly #descriptor: number
  readonly #index: number | undefined
  readonly #pack: ((bytes: Uint8Array) => Uint8Array) | undefined
  #unpackedBytes = 0
  /** Where the last place of the index is. */
  #indexedBytes = Number.NEGATIVE_INFINITY
  #first: string | null = null
  #last: string | null = null

  /**
   * @param force whether a file that is there is replaced
   * @throws what node:fs does: EEXIST, ENOSPC, EACCES …
   */
  constructor(
    path: string,
    force: boolean,
    packing: RecordingPacking,
    pack: ((bytes: Uint8Array) => Uint8Array) | undefined,
    begunMs: number,
  ) {
    this.path = path
    this.#pack = pack
    this.begunMs = begunMs
    this.#descriptor = openSync(path, force ? 'w' : 'wx')
    try {
      const header = new Uint8Array(PCAP_FILE_HEADER_BYTES)
      PcapWriter.writeFileHeader(new DataView(header.buffer), 0)
      const packed = pack === undefined ? header : pack(header)
      this.bytes = writeSync(this.#descriptor, packed, 0, packed.length, 0)
      this.#unpackedBytes = header.length
      this.#index = openSync(`${path}.index`, 'w')
      writeSync(this.#index, indexHead(packing, header))
    } catch (error) {
      this.discard()
      throw error
    }
  }

  get summary(): RecordedFile {
    const { path, packets, bytes } = this
    return {
      file: path,
      packets,
      bytes,
      firstNs: this.#first,
      lastNs: this.#last,
    }
  }

  /**
   * Appends a batch. If it fails, the file ends with the last record of it that is whole, or, packed, before
   * the batch.
   *
   * @returns how many of its packets are in the file, and what went wrong with the others
   */
  append(batch: RecordBatch): { readonly packets: number; readonly error: unknown } {
    const unpacked = batch.bytes.subarray(0, batch.length)
    const bytes = this.#pack === undefined ? unpacked : this.#pack(unpacked)
    let done = 0
    try {
      while (done < bytes.length) {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.bytes + done)
      }
    } catch (error) {
      const whole = this.#pack === undefined ? wholeRecords(batch.view, done) : NOTHING
      ftruncateSync(this.#descriptor, this.bytes + whole.length)
      this.#note(batch.view, whole, whole.length)
      return { packets: whole.packets, error }
    }
    this.#note(batch.view, batch, bytes.length)
    return { packets: batch.packets, error: undefined }
  }

  sync(): void {
    fsyncSync(this.#descriptor)
  }

  /** Writes what is known of it beside it, so that a reader sees the old or the new text, never a half. */
  describe(text: string): void {
    const path = `${this.path}.json`
    const beside = `${path}.part`
    try {
      writeFileSync(beside, text.padEnd(JSON_ROOM_BYTES - 1).concat('\n'))
      renameSync(beside, path)
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
  }

  /** The same into the room that the last text has, for a full disk. */
  describeInPlace(text: string): void {
    const descriptor = openSync(`${this.path}.json`, 'r+')
    try {
      const bytes = Buffer.from(text.padEnd(JSON_ROOM_BYTES - 1).concat('\n'))
      writeSync(descriptor, bytes, 0, bytes.length, 0)
      ftruncateSync(descriptor, bytes.length)
    } finally {
      closeSync(descriptor)
    }
  }

  close(): void {
    closeSync(this.#descriptor)
    if (this.#index !== undefined) closeSync(this.#index)
  }

  /** Removes it and what is beside it. */
  discard(): void {
    this.close()
    for (const end of ['', '.index', '.json']) rmSync(`${this.path}${end}`, { force: true })
  }

  #note(view: DataView, { length, packets, lastAt }: WholeRecords, packedBytes: number): void {
    if (packets === 0) return
    const firstNs = timeAt(view, 0)
    const sinceIndexed = this.#unpackedBytes - this.#indexedBytes
    if (this.#index !== undefined && (this.#pack !== undefined || sinceIndexed >= PLACE_BYTES)) {
      this.#indexedBytes = this.#unpackedBytes
      const place = {
        at: this.bytes,
        unpacked: this.#unpackedBytes,
        packets: this.packets,
        firstNs,
      }
      try {
        writeSync(this.#index, indexLine(place))
      } catch {
        // An index without an entry leads to the one before.
      }
    }
    this.#first ??= firstNs
    this.#last = timeAt(view, lastAt)
    this.packets += packets
    this.bytes += packedBytes
    this.#unpackedBytes += length
  }
}

type WholeRecords = Pick<RecordBatch, 'length' | 'packets' | 'lastAt'>

const NOTHING: WholeRecords = { length: 0, packets: 0, lastAt: 0 }

/** Of records of which `end` bytes are there, those that are whole. */
function wholeRecords(view: DataView, end: number): WholeRecords {
  let length = 0
  let packets = 0
  let lastAt = 0
  while (length + PCAP_RECORD_BYTES <= end) {
    const next = length + PCAP_RECORD_BYTES + view.getUint32(length + 8, true)
    if (next > end) break
    lastAt = length
    length = next
    packets++
  }
  return { length, packets, lastAt }
}

function timeAt(view: DataView, at: number): string {
  const seconds = BigInt(view.getUint32(at, true))
  return String(seconds * NS_PER_SECOND + BigInt(view.getUint32(at + 4, true)))
}
