import type { CaptureCounts } from '../../capture/capture-counts.js'
import type { CaptureReader } from '../../capture/capture-reader.js'
import { openFramedCapture } from '../../capture/framed-capture.js'
import { type SessionEpoch, sessionEpoch } from '../../foundation/clock.js'
import { type ErrorRecord, messageOf, TickwireError } from '../../foundation/errors.js'
import { NS_PER_SECOND, TWO_POW_32 } from '../../foundation/units.js'
import { CaptureLines } from '../../transport/capture-lines.js'
import type { CaptureSource } from '../../transport/capture-source.js'
import type { CaptureFramingName } from '../../wire/framing.js'
import { PROGRESS, PROGRESS_BYTES } from '../memory/capture-progress.js'
import type { CapturePlan } from '../options/capture-options.js'

/** Seconds between a session's epoch and its first packet: see `currentEpoch`. */
const LEAD_SECONDS = 1000

const IEX_PROTOCOLS: Readonly<Record<number, string>> = {
  32771: 'TOPS',
  32772: 'DEEP',
  32773: 'DEEP+',
}

/** What is known of a recording when it is open. */
export interface CaptureStart {
  readonly framing: CaptureFramingName
  readonly epoch: SessionEpoch
}

/** What became of each packet of a run's recordings. */
export interface CaptureEnd {
  readonly counts: readonly CaptureCounts[]
  /** Datagrams of each. */
  readonly datagrams: readonly number[]
  readonly warnings: readonly string[]
  /** From the first to the last datagram, on recorded time; null without one. */
  readonly recordedSeconds: number | null
  /** Wall time of the run, from the first datagram on. */
  readonly elapsedSeconds: number | null
  /** Whether all was read. */
  readonly complete: boolean
  /** What was wrong with a recording. */
  readonly problem: ErrorRecord | null
}

/** The recordings of a run, open. For the thread that reads them. */
export class OpenCaptures implements CaptureStart {
  readonly framing: CaptureFramingName
  readonly epoch: SessionEpoch
  readonly lines: CaptureLines
  readonly #readers: readonly CaptureReader[]
  #startMs = Number.NaN
  #endMs = Number.NaN
  #complete = false
  #progress: Float64Array = new Float64Array(PROGRESS_BYTES / 8)

  private constructor(
    readers: readonly CaptureReader[],
    framing: CaptureFramingName,
    epoch: SessionEpoch,
    speed: number,
  ) {
    this.#readers = readers
    this.framing = framing
    this.epoch = epoch
    this.lines = new CaptureLines(readers, epoch, speed, framing === 'iex-tp')
  }

  /**
   * @param signal ends the wait for a pipe that brings nothing
   * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE, TW_NOT_SUPPORTED, TW_BAD_OPTION
   */
  static async open(plan: CapturePlan, signal?: AbortSignal): Promise<OpenCaptures> {
    const readers: CaptureReader[] = []
    try {
      const firstSeconds: number[] = []
      let framing: CaptureFramingName | undefined
      for (const { path, to } of plan.urls) {
        const { date, dedupeNs } = plan
        const options = { to, date, dedupeNs, signal, place: plan.from?.place }
        const opened = await openFramedCapture(path, plan.framing, options)
        readers.push(opened.reader)
        const sample = await opened.reader.sample()
        if (sample.firstSeconds !== undefined) firstSeconds.push(sample.firstSeconds)
        if (framing !== undefined && opened.framing !== framing) {
          throw differentFramings(framing, opened.framing)
        }
        framing = opened.framing
      }
      const first = firstSeconds.length === 0 ? 0 : Math.min(...firstSeconds)
      const epoch = sessionEpoch(plan.from?.epochSeconds ?? first - LEAD_SECONDS)
      return new OpenCaptures(readers, framing ?? 'raw', epoch, plan.speed)
    } catch (error) {
      for (const reader of readers) await reader.close()
      throw error
    }
  }

  /** Where `noteProgress` puts it from now on. */
  showProgress(memory: SharedArrayBuffer | undefined): void {
    if (memory !== undefined) this.#progress = new Float64Array(memory)
  }

  /** Puts what was read so far where other threads can see it; at every wait is often enough. */
  noteProgress(): void {
    const progress = this.#progress
    if (Number.isNaN(this.#startMs)) this.#startMs = performance.now()
    this.#endMs = performance.now()
    let consumed = 0
    let total = 0
    for (const reader of this.#readers) {
      consumed += reader.consumedBytes
      total += reader.totalBytes
    }
    progress[PROGRESS.consumedBytes] = consumed
    progress[PROGRESS.totalBytes] = total
    progress[PROGRESS.nowSeconds] = this.epoch.unixSeconds + this.lines.clock.ns / NS_PER_SECOND
  }

  /** Where the only recording is read at this moment; undefined where there are several. */
  get reading(): CaptureReader | undefined {
    return this.#readers.length === 1 ? this.#readers[0] : undefined
  }

  /** Whether all was read, and each line had one sender: what comes last in it needs no witness. */
  get isWhole(): boolean {
    return this.#complete && this.lines.sources.every(({ hasOneSender }) => hasOneSender)
  }

  /** All was read that there is. */
  noteComplete(): void {
    this.#complete = true
  }

  /** Ends a wait for bytes. */
  interrupt(): void {
    for (const reader of this.#readers) void reader.close()
  }

  /** Gives the files back, and tells what became of their packets. */
  async close(): Promise<CaptureEnd> {
    for (const reader of this.#readers) await reader.close()
    const readers = this.#readers
    const read = readers.filter(({ datagrams }) => datagrams > 0)
    const seconds = (reader: CaptureReader, ns: number) =>
      reader.epochSeconds - this.epoch.unixSeconds + ns / NS_PER_SECOND
    const firsts = read.map((reader) => seconds(reader, reader.firstNs))
    const lasts = read.map((reader) => seconds(reader, reader.lastNs))
    return {
      counts: readers.map((reader) => reader.counts()),
      datagrams: readers.map(({ datagrams }) => datagrams),
      warnings: readers.flatMap((reader, line) => {
        const empty = this.#complete && reader.datagrams === 0
        return [
          ...(empty ? [reader.noDatagrams().message] : []),
          ...reader.warnings(),
          ...streamWarnings(reader.name, this.lines.sources[line]),
        ]
      }),
      recordedSeconds: read.length === 0 ? null : round(Math.max(...lasts) - Math.min(...firsts)),
      elapsedSeconds: Number.isNaN(this.#startMs) ? null : (this.#endMs - this.#startMs) / 1000,
      complete: this.#complete,
      problem: recordOf(this.lines.problem),
    }
  }
}

/** Of two streams in one recording one is the feed: says which, and what the other is. */
function streamWarnings(name: string, source: CaptureSource | undefined): string[] {
  if (source === undefined || Number.isNaN(source.otherStream)) return []
  return [
    `${name} holds two streams: ${streamText(source.firstStream)} is the feed, and datagrams of ${streamText(source.otherStream)} are not of it (foreignDatagrams). Record them apart to read both.`,
  ]
}

function streamText(stream: number): string {
  const protocol = Math.floor(stream / TWO_POW_32)
  const name = IEX_PROTOCOLS[protocol] ?? 'an unknown protocol'
  return `${name} (0x${protocol.toString(16)}) on channel ${stream % TWO_POW_32}`
}

function differentFramings(one: string, other: string): TickwireError {
  return new TickwireError(
    'TW_BAD_OPTION',
    `One recording has the framing ${one} and another ${other}, so they are no lines of one feed`,
    'Name the framing that both have.',
  )
}

/** A difference of doubles, to the nanosecond. */
function round(seconds: number): number {
  return Math.round(seconds * NS_PER_SECOND) / NS_PER_SECOND
}

function recordOf(problem: unknown): ErrorRecord | null {
  if (problem === undefined) return null
  if (problem instanceof TickwireError) return problem.toRecord()
  return {
    code: 'TW_BUG',
    what: `Reading a recording failed: ${messageOf(problem)}`,
    remedy: 'This is a bug in Tickwire: please report it with the stack trace.',
    stack: problem instanceof Error ? problem.stack : undefined,
  }
}
