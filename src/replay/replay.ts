import { setTimeout as sleep } from 'node:timers/promises'
import type { CaptureCounts } from '../capture/capture-counts.js'
import { CaptureReader, type CaptureReaderOptions } from '../capture/capture-reader.js'
import { REASON } from '../capture/packets/packet-reasons.js'
import { badOption, TickwireError } from '../foundation/errors.js'
import { optionName } from '../foundation/option-name.js'
import { NS_PER_SECOND } from '../foundation/units.js'
import { createRing, MAX_SLOT_BYTES } from '../ring/layout.js'
import { SlotProducer } from '../ring/slot-producer.js'
import { closeCounters } from '../run/memory/run-counters.js'
import { createSendCounters } from '../run/memory/send-counters.js'
import { letWatchThrough } from '../run/memory/watched-run.js'
import { readOptions } from '../run/options/declaration.js'
import { destination } from '../run/options/destination.js'
import { endpointTexts, resolveHosts } from '../run/options/endpoint-names.js'
import type { SendReport } from '../run/transmission/send-report.js'
import { SendFailure, Transmission } from '../run/transmission/transmission.js'
import type { FramingName } from '../wire/framing.js'
import { ReplayClock } from './replay-clock.js'
import { parseMap, ReplayMap } from './replay-map.js'
import { REPLAY_OPTIONS, type ReplayOptions } from './replay-options.js'
import {
  lingerMsOf,
  ReplayRetransmission,
  type ReplayRetransmissionReport,
} from './replay-retransmission.js'
import { parseRecordedTime } from './replay-times.js'
import { SequenceRewriter } from './sequence-rewriter.js'

/** Datagrams that are read ahead of the sender, each of any size. */
const SLOTS = 512
const BATCH = 32
/** How long the reader waits at most for a free slot before it looks whether it shall stop. */
const SPACE_WAIT_MS = 20

/** The longest payload of a datagram over IPv4. */
const MAX_PAYLOAD_BYTES = 65_507

/** A replay that ended with an error; what was sent is in `report`. */
export class ReplayFailure extends TickwireError {
  readonly report: ReplayReport

  constructor(cause: TickwireError, report: ReplayReport) {
    super(cause.code, cause.what, cause.remedy, { cause })
    this.report = report
  }
}

/** What a replay has sent. */
export interface ReplayReport extends Omit<SendReport, 'command' | 'retransmission'> {
  readonly command: 'replay'
  readonly file: string
  readonly speed: number
  /** From the first to the last datagram; null without one. */
  readonly recordedSeconds: number | null
  /** Where every packet of the recording went; of the last round, where there are several. */
  readonly capture: CaptureCounts
  /** Payloads that are longer than a datagram can be: they were coalesced when captured. */
  readonly tooLong: number
  /** Pauses that were too long to be true and left out, and steps back in time. */
  readonly jumps: number
  /** Rounds that were sent whole. */
  readonly loops: number
  /** What was asked for again; null where nothing could be. */
  readonly retransmission: ReplayRetransmissionReport | null
}

/**
 * Sends the UDP payloads of a recording again, at their recorded distances, from a pinned thread. This
 * thread reads ahead and fills a ring that the sender empties, and before that the store of messages that
 * can be asked for again: a message may be had a little before it is sent, and never only after.
 *
 * The recording is read once, so it may come from a pipe.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_BAD_FILE, TW_BAD_OPTION if the file holds several
 * destinations and none was chosen, what sending throws, and what binding to `retransmit` throws
 */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const given = readOptions(options, REPLAY_OPTIONS)
  const { speed } = given
  const entries = parseMap(given.map ?? [])
  if (entries.length > 0) refuseBesideMap(options)
  const urls = entries.length > 0 ? entries.map(({ url }) => url) : endpointTexts(options)
  const endpoints = (await resolveHosts(urls)).map(destination)
  const lingerMs = lingerMsOf(given)
  const { loop, maxGapMs, dedupeUs, framing } = given
  if (loop > 1 && options.file === '-') {
    throw badOption('Standard input can be read only once', 'Leave the loops out, or give a file.')
  }
  const readerOptions: CaptureReaderOptions = {
    to: entries.length > 0 ? null : options.from,
    framing: options.framing,
    dedupeNs: (dedupeUs ?? 0) * 1000,
    signal: options.signal,
  }
  const reader = await CaptureReader.open(options.file, readerOptions)
  const { signal } = options
  const leave = () => void reader.close()
  signal?.addEventListener('abort', leave, { once: true })
  let retransmission: ReplayRetransmission | undefined
  const counters = createSendCounters(
    endpoints.length,
    given.counters,
    given.retransmit !== undefined,
  )
  try {
    const { firstSeconds = 0 } = await reader.sample()
    const time = (name: string, text: string | undefined, otherwise: number) =>
      text === undefined ? otherwise : parseRecordedTime(name, text, firstSeconds)
    const startSeconds = time('start', given.start, Number.NEGATIVE_INFINITY)
    const endSeconds = time('end', given.end, Number.POSITIVE_INFINITY)
    retransmission = await ReplayRetransmission.start(given, counters.counters)
    const ring = createRing(SLOTS, MAX_SLOT_BYTES)
    const transmission = await Transmission.start({
      endpoints,
      cpu: options.cpu,
      transport: 'auto',
      source: { kind: 'ring', ring, batch: BATCH, paced: speed > 0 },
      counters,
      retransmission: retransmission?.server,
      lingerMs,
      signal: options.signal,
      onWarning: options.onWarning,
    })
    const { file } = options
    const producer = new SlotProducer(ring)
    const map = entries.length > 0 ? new ReplayMap(entries) : undefined
    const parts = { transmission, reader, producer, retransmission, readerOptions, map }
    const plan = { file, speed, loops: loop, maxGapMs, framing, startSeconds, endSeconds }
    return new Replay({ ...parts, ...plan })
  } catch (error) {
    await retransmission?.server.stop()
    closeCounters(counters.counters)
    await reader.close()
    throw error
  }
}

/** A map says where each datagram goes, so nothing else may. */
function refuseBesideMap(options: ReplayOptions): void {
  for (const name of ['endpoint', 'from'] as const) {
    if (options[name] === undefined) continue
    const shown = name === 'endpoint' ? `The endpoint ${options.endpoint}` : optionName('from')
    throw badOption(
      `${shown} means nothing beside ${optionName('map')}`,
      'Leave it out: the map says what goes where.',
    )
  }
}

interface ReplayParts {
  readonly transmission: Transmission
  readonly reader: CaptureReader
  readonly readerOptions: CaptureReaderOptions
  readonly producer: SlotProducer
  readonly retransmission: ReplayRetransmission | undefined
  /** Undefined: all datagrams that are read go to the one endpoint. */
  readonly map: ReplayMap | undefined
  readonly file: string
  readonly speed: number
  readonly loops: number
  readonly maxGapMs: number
  readonly framing: FramingName
  readonly startSeconds: number
  readonly endSeconds: number
}

/** A recording on its way. All methods are for the thread that started it. */
export class Replay implements AsyncDisposable {
  readonly finished: Promise<ReplayReport>
  /** URL at which messages can be asked for again; undefined if they cannot. */
  readonly retransmitEndpoint: string | undefined
  readonly #parts: ReplayParts
  readonly #transmission: Transmission
  readonly #producer: SlotProducer
  readonly #clock: ReplayClock
  readonly #rewriter: SequenceRewriter | undefined
  #reader: CaptureReader
  #tooLong = 0
  #loops = 0
  #loopNs = 0
  #lastDueNs = 0
  #published = 0

  constructor(parts: ReplayParts) {
    this.#parts = parts
    this.#transmission = parts.transmission
    letWatchThrough(this, parts.transmission)
    this.#producer = parts.producer
    this.#reader = parts.reader
    this.#clock = new ReplayClock(parts.maxGapMs)
    this.#rewriter = parts.loops > 1 ? new SequenceRewriter(parts.framing) : undefined
    this.retransmitEndpoint = parts.retransmission?.server.endpoint
    this.finished = this.#run()
    this.finished.catch(() => {})
  }

  stats(): SendReport {
    return this.#transmission.stats()
  }

  /** What has been asked for again so far; null if nothing can be. */
  retransmission(): ReplayRetransmissionReport | null {
    return this.#parts.retransmission?.report() ?? null
  }

  async stop(): Promise<ReplayReport> {
    await this.#reader.close()
    await this.#transmission.stop()
    return this.finished
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #run(): Promise<ReplayReport> {
    const problem = await this.#readAll()
    let report: SendReport
    try {
      report = await this.#transmission.finished
    } catch (error) {
      if (problem instanceof TickwireError && error instanceof SendFailure) {
        throw new ReplayFailure(problem, this.#report(error.report))
      }
      throw error
    }
    const whole = this.#report(report)
    if (problem instanceof TickwireError) throw new ReplayFailure(problem, whole)
    if (problem !== undefined) throw problem
    return whole
  }

  #report(report: SendReport): ReplayReport {
    const { reader, retransmission, file, speed, map } = this.#parts
    return {
      ...report,
      command: 'replay',
      warnings: [
        ...report.warnings,
        ...this.#jumpWarnings(),
        ...(map?.warnings(this.#reader.destinations) ?? []),
        ...this.#reader.warnings(),
        ...(retransmission?.warnings() ?? []),
      ],
      file,
      speed,
      recordedSeconds: Number.isNaN(reader.firstNs)
        ? null
        : Math.round(reader.lastNs - reader.firstNs) / NS_PER_SECOND,
      capture: this.#reader.counts(),
      tooLong: this.#tooLong,
      jumps: this.#clock.jumpCount,
      loops: this.#loops,
      retransmission: retransmission?.report() ?? null,
    }
  }

  #jumpWarnings(): string[] {
    const warnings = this.#clock.jumps.map(
      ({ packet, seconds }) =>
        `The recording jumps by ${seconds} s before packet ${packet}: it goes on at once there (--max-gap-ms ${this.#parts.maxGapMs}).`,
    )
    const more = this.#clock.jumpCount - this.#clock.jumps.length
    if (more > 0) warnings.push(`The recording jumps ${more} times more.`)
    if (this.#tooLong > 0) {
      warnings.push(
        `${this.#tooLong} payloads are longer than ${MAX_PAYLOAD_BYTES} bytes, which no datagram can carry: datagrams that were coalesced when captured. They were not sent; --framing moldudp64 or iex-tp cuts them.`,
      )
    }
    return warnings
  }

  /** Publishes the whole recording, as often as asked for, and gives what went wrong with it. */
  async #readAll(): Promise<unknown> {
    const { loops, file, readerOptions } = this.#parts
    try {
      for (;;) {
        if (!(await this.#publishAll(this.#reader))) break
        this.#loops++
        if (this.#reader.datagrams === 0) throw this.#nothing()
        if (this.#loops >= loops) break
        await this.#reader.close()
        this.#reader = await CaptureReader.open(file, readerOptions)
        this.#rewriter?.beginLoop()
        this.#loopNs = this.#lastDueNs + this.#meanGapNs()
      }
      return undefined
    } catch (error) {
      // What was read before the file turned out to be bad is still sent.
      return error
    } finally {
      await this.#reader.close()
      this.#transmission.control.noteEnded()
    }
  }

  /** The error for a recording of which nothing was sent. */
  #nothing(): TickwireError {
    const { map } = this.#parts
    const { destinations } = this.#reader
    return map === undefined || destinations.size === 0
      ? this.#reader.noDatagrams()
      : badOption(map.warnings(destinations).join(' '), 'Choose one of those.')
  }

  /** False if the replay was stopped, or its sender died. */
  async #publishAll(reader: CaptureReader): Promise<boolean> {
    const clock = this.#loops === 0 ? this.#clock : new ReplayClock(this.#parts.maxGapMs)
    while (await reader.fill()) {
      while (reader.next()) {
        if (!(await this.#publish(reader, clock))) return false
      }
      if (this.#transmission.control.stopping) return false
    }
    return true
  }

  async #publish(reader: CaptureReader, clock: ReplayClock): Promise<boolean> {
    const { speed, retransmission, map, startSeconds, endSeconds } = this.#parts
    const line = map === undefined ? 0 : map.lineOf(reader.destination, reader.destinations)
    if (line < 0) {
      reader.passOver(REASON.otherDestinations)
      return true
    }
    const seconds = reader.seconds + reader.nanoseconds / NS_PER_SECOND
    if (seconds < startSeconds || seconds > endSeconds) {
      reader.passOver(REASON.outsideTimes)
      return true
    }
    if (reader.length > MAX_PAYLOAD_BYTES) {
      this.#tooLong++
      return true
    }
    const dueNs = this.#loopNs + clock.dueNs(reader.timeNs, reader.packets)
    const producer = this.#producer
    if (producer.claim(1) === 0 && !(await this.#waitForSpace())) return false
    const { bytes, offset, length } = reader
    const payload = bytes.subarray(offset, offset + length)
    this.#rewriter?.rewrite(reader.view, offset, length)
    // Before it is sent, so that nobody asks for what has come and is not there.
    retransmission?.add(payload)
    const index = producer.claimedIndex
    producer.write(index, payload)
    producer.setSendLength(index, length)
    producer.setSendLine(index, line)
    producer.setDueNs(index, speed === 0 ? 0 : dueNs / speed)
    producer.publish(1)
    this.#lastDueNs = dueNs
    this.#published++
    return true
  }

  /** A distance between two rounds like that between datagrams. */
  #meanGapNs(): number {
    return this.#published > 1 ? this.#lastDueNs / (this.#published - 1) : 0
  }

  async #waitForSpace(): Promise<boolean> {
    const { control } = this.#transmission
    const over = this.#transmission.finished.then(
      () => true,
      () => true,
    )
    for (;;) {
      this.#producer.spaceBell.arm()
      if (this.#producer.claim(1) > 0) break
      if (control.stopping || (await Promise.race([over, sleep(0, false)]))) return false
      await this.#producer.spaceBell.waitAsync(SPACE_WAIT_MS)
    }
    this.#producer.spaceBell.disarm()
    return true
  }
}
