import { existsSync } from 'node:fs'
import { RECORDER, RECORDER_STATE } from '../account/recorder-counters.js'
import { TickwireError } from '../foundation/errors.js'
import type { PacketHeaders } from './packet-headers.js'
import { type RecordBatch, type RecordedFile, RecordingFile } from './recording-file.js'
import { EXTENSION, fileExists, packerOf, type RecordingPlan } from './recording-plan.js'

/** Records that are written, and packed, at once: a place in the index for each. */
const BATCH_BYTES = 2 ** 20
const RECORD_BYTES_MAX = 70_000
/** Packed records wait no longer than this for others to be packed with. */
const MEMBER_MS = 1000
const LEDGER_MS = 1000
/** After a write that failed, datagrams are counted and not written for this long. */
const RETRY_MS = 250
const NO_ROOM: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG']
const INDEX_DIGITS = 4
/** What a recording's file has beside it. */
const PARTS = ['', '.index', '.json'] as const

/** What stands in the ledger beside a file. */
export interface FileLedger extends RecordedFile {
  /** Whether the file is at its end, and all that follows of it. */
  readonly complete: boolean
}

export interface RecordingParts {
  /** As RECORDER lays them out. */
  readonly counters: Float64Array
  /**
   * What the ledger of a file says beside the file's own figures; called when a file is begun, each second and
   * at its end.
   *
   * @param begun whether the file has just been begun, so that its time begins now
   */
  readonly describe: (begun: boolean) => object
  /** Whether time is that of the datagrams, which are of a recording. */
  readonly recordedTime: boolean
}

/**
 * Writes datagrams to the files of a recording, one after the other, with an index and a ledger beside each. A
 * write that fails is counted, and what follows is tried again: nothing throws once the first file is open.
 * One thread; blocks while it writes.
 *
 * ```ts
 * const writer = new RecordingWriter(plan, parts)
 * writer.write(headers, seconds, nanoseconds, view, offset, length)
 * writer.turn(Date.now())        // now and then, also without datagrams
 * writer.finish()
 * ```
 */
export class RecordingWriter {
  /** All files, the open one too. */
  get files(): readonly RecordedFile[] {
    return this.#file === undefined ? this.#done : [...this.#done, this.#file.summary]
  }

  readonly #plan: RecordingPlan
  readonly #parts: RecordingParts
  readonly #counters: Float64Array
  readonly #pack: ((bytes: Uint8Array) => Uint8Array) | undefined
  readonly #batch: RecordBatch
  readonly #done: RecordedFile[] = []
  #file: RecordingFile | undefined
  #number = 0
  #names = new Set<string>()
  /** When the open file ends, on the clock of the recording; NaN: not known yet. */
  #endMs = Number.NaN
  #memberMs = Number.POSITIVE_INFINITY
  #ledgerMs = 0
  #syncMs = 0
  #retryMs = 0
  /** Bytes of files that are closed. */
  #bytesBefore = 0

  /** @throws {TickwireError} TW_FILE_EXISTS, TW_FILE_NOT_FOUND, TW_PERMISSION, TW_NOT_SUPPORTED */
  constructor(plan: RecordingPlan, parts: RecordingParts) {
    this.#plan = plan
    this.#parts = parts
    this.#counters = parts.counters
    this.#pack = packerOf(plan.packing, plan.file)
    const bytes = new Uint8Array(BATCH_BYTES + RECORD_BYTES_MAX)
    this.#batch = {
      bytes,
      view: new DataView(bytes.buffer),
      length: 0,
      packets: 0,
      lastAt: 0,
    }
    const nowMs = Date.now()
    try {
      this.#open(nowMs)
    } catch (error) {
      throw unwritable(plan.file, error)
    }
    if (!parts.recordedTime) this.#endMs = nowMs + plan.rotateMs
  }

  /** Adds a datagram. */
  write(
    headers: PacketHeaders,
    seconds: number,
    nanoseconds: number,
    payload: DataView,
    offset: number,
    length: number,
  ): void {
    const recordBytes = headers.recordBytes(length)
    const timeMs = seconds * 1000 + nanoseconds / 1e6
    if (recordBytes === 0) {
      this.#counters[RECORDER.failed] += 1
      return
    }
    if (Number.isNaN(this.#endMs)) this.#endMs = timeMs + this.#plan.rotateMs
    if (timeMs >= this.#endMs) this.#rotateAt(timeMs)
    const batch = this.#batch
    const fileBytes = (this.#file?.bytes ?? 0) + batch.length
    if (fileBytes + recordBytes > this.#plan.rotateBytes && this.#hasPackets) this.#rotate(timeMs)
    if (batch.length + recordBytes > BATCH_BYTES && batch.packets > 0) this.#flush()
    headers.write(batch.view, batch.length, seconds, nanoseconds, payload, offset, length)
    batch.lastAt = batch.length
    batch.length += recordBytes
    batch.packets += 1
    if (this.#memberMs === Number.POSITIVE_INFINITY) this.#memberMs = Date.now() + MEMBER_MS
  }

  /** Does what is due: writes what waits, begins another file, renews the ledger. */
  turn(nowMs: number): void {
    if (this.#batch.packets > 0 && (this.#pack === undefined || nowMs >= this.#memberMs)) {
      this.#flush()
    }
    if (!this.#parts.recordedTime && nowMs >= this.#endMs + this.#slackMs) this.#rotateAt(nowMs)
    const { fsync } = this.#plan
    if (typeof fsync === 'number' && nowMs >= this.#syncMs) {
      this.#syncMs = nowMs + fsync
      this.#sync()
    }
    if (nowMs >= this.#ledgerMs) this.#describe(nowMs, false)
  }

  /** Writes all that waits and closes the last file. */
  finish(): void {
    this.#flush()
    this.#close()
  }

  /** Removes the file that was begun: there was nothing to record. */
  abandon(): void {
    this.#file?.discard()
    this.#file = undefined
  }

  get #hasPackets(): boolean {
    return (this.#file?.packets ?? 0) + this.#batch.packets > 0
  }

  /** What was received before the end of a file may come out of the ring a moment later. */
  get #slackMs(): number {
    return Math.min(20, this.#plan.rotateMs / 4)
  }

  /** Ends the file whose time is over; of recordings empty ones are left out. */
  #rotateAt(timeMs: number): void {
    const { rotateMs } = this.#plan
    const { recordedTime } = this.#parts
    do {
      if (recordedTime) this.#endMs += rotateMs * Math.ceil((timeMs - this.#endMs + 1) / rotateMs)
      this.#rotate(this.#endMs)
      if (!recordedTime) this.#endMs += rotateMs
    } while (timeMs >= this.#endMs)
  }

  #rotate(nowMs: number): void {
    this.#flush()
    this.#close()
    try {
      this.#open(nowMs)
    } catch (error) {
      this.#fail(error)
    }
  }

  #flush(): void {
    const batch = this.#batch
    const { packets } = batch
    this.#memberMs = Number.POSITIVE_INFINITY
    if (packets === 0) return
    const written = this.#write()
    this.#counters[RECORDER.recorded] += written
    this.#counters[RECORDER.bytes] = this.#bytesBefore + (this.#file?.bytes ?? 0)
    const lost = packets - written
    const { state } = RECORDER
    const failing = this.#counters[state] === RECORDER_STATE.failing
    if (lost > 0) this.#counters[failing ? RECORDER.failed : RECORDER.diskFull] += lost
    else this.#counters[state] = RECORDER_STATE.writing
    batch.length = 0
    batch.packets = 0
  }

  /** @returns how many packets of the batch are in the file */
  #write(): number {
    if (performance.now() < this.#retryMs) return 0
    try {
      if (this.#file === undefined) this.#open(Date.now())
    } catch (error) {
      this.#fail(error)
    }
    if (this.#file === undefined) return 0
    const { packets, error } = this.#file.append(this.#batch)
    if (error !== undefined) this.#fail(error)
    return packets
  }

  #fail(error: unknown): void {
    const { code = '', errno = 0 } = error as NodeJS.ErrnoException
    const counters = this.#counters
    const full = NO_ROOM.includes(code)
    if (full && counters[RECORDER.state] !== RECORDER_STATE.diskFull) {
      counters[RECORDER.diskFullAlarms] += 1
    }
    counters[RECORDER.state] = full ? RECORDER_STATE.diskFull : RECORDER_STATE.failing
    counters[RECORDER.errno] = Math.abs(errno)
    this.#retryMs = performance.now() + RETRY_MS
  }

  #open(nowMs: number): void {
    const { force, packing } = this.#plan
    const { path, number } = this.#nextPath(nowMs)
    this.#file = new RecordingFile(path, force, packing, this.#pack, nowMs)
    this.#names.add(path)
    this.#number = number + 1
    this.#counters[RECORDER.files] += 1
    this.#describe(Date.now(), true)
  }

  /** A name that no file of this recording has; nor any file, but for the first, where that is an error. */
  #nextPath(nowMs: number): { readonly path: string; readonly number: number } {
    const { file, force } = this.#plan
    const time = new Date(nowMs).toISOString().replaceAll(/[-:]/g, '')
    for (let number = this.#number; ; number++) {
      const index = String(number).padStart(INDEX_DIGITS, '0')
      let path = file.replaceAll('{index}', index).replaceAll('{time}', time)
      // Two files of one millisecond.
      if (this.#names.has(path)) path = path.replace(EXTENSION, (end) => `-${index}${end}`)
      const taken = !force && PARTS.some((end) => existsSync(`${path}${end}`))
      if (taken && this.#names.size === 0) throw fileExists(path)
      if (!taken && !this.#names.has(path)) return { path, number }
    }
  }

  #close(): void {
    const file = this.#file
    if (file === undefined) return
    this.#file = undefined
    if (this.#plan.fsync !== 'none') sync(file)
    this.#done.push(file.summary)
    this.#bytesBefore += file.bytes
    const text = this.#ledgerOf(file, true, false)
    try {
      file.describe(text)
    } catch {
      tryInPlace(file, text)
    }
    file.close()
  }

  #describe(nowMs: number, begun: boolean): void {
    this.#ledgerMs = nowMs + LEDGER_MS
    const file = this.#file
    if (file === undefined) return
    const text = this.#ledgerOf(file, false, begun)
    try {
      file.describe(text)
    } catch {
      tryInPlace(file, text)
    }
  }

  #ledgerOf(file: RecordingFile, complete: boolean, begun: boolean): string {
    const { begunMs } = file
    const ledger: FileLedger & { readonly begunNs: string } = {
      ...file.summary,
      complete,
      begunNs: String(BigInt(Math.round(begunMs)) * 1_000_000n),
    }
    return JSON.stringify({ ...ledger, ...this.#parts.describe(begun) })
  }

  #sync(): void {
    if (this.#file !== undefined) sync(this.#file)
  }
}

/** What cannot be forced to the disk fails at the next write too. */
function sync(file: RecordingFile): void {
  try {
    file.sync()
  } catch {
    // See above.
  }
}

function tryInPlace(file: RecordingFile, text: string): void {
  try {
    file.describeInPlace(text)
  } catch {
    // The ledger of a second ago stays; the run's own report has all of it.
  }
}

function unwritable(path: string, error: unknown): TickwireError {
  if (error instanceof TickwireError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return fileExists(path)
  return new TickwireError(
    code === 'ENOENT' || code === 'ENOTDIR' ? 'TW_FILE_NOT_FOUND' : 'TW_PERMISSION',
    `${path} cannot be written: ${message}`,
    'Give a path in a folder that exists, that you may write to, and that has room.',
    { cause: error },
  )
}
