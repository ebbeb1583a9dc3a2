import { setTimeout as sleep } from 'node:timers/promises'
import { chooseDestination, destinationOf } from '../capture/capture-destination.js'
import { type CapturedDatagram, PcapReader, type PcapSummary } from '../capture/pcap-reader.js'
import { createRing, MAX_SLOT_BYTES } from '../ring/layout.js'
import { SlotProducer } from '../ring/slot-producer.js'
import { closeCounters } from '../run/memory/run-counters.js'
import { createSendCounters } from '../run/memory/send-counters.js'
import { readOptions } from '../run/options/declaration.js'
import { destination } from '../run/options/destination.js'
import { endpointTexts, resolveHosts } from '../run/options/endpoint-names.js'
import type { SendReport } from '../run/transmission/send-report.js'
import { Transmission } from '../run/transmission/transmission.js'
import { REPLAY_OPTIONS, type ReplayOptions } from './replay-options.js'
import {
  lingerMsOf,
  ReplayRetransmission,
  type ReplayRetransmissionReport,
} from './replay-retransmission.js'

/** Datagrams that are read ahead of the sender, each of any size. */
const SLOTS = 512
const BATCH = 32
/** How long the reader waits at most for a free slot before it looks whether it shall stop. */
const SPACE_WAIT_MS = 20

/** What a replay has sent. */
export interface ReplayReport extends Omit<SendReport, 'command' | 'retransmission'> {
  readonly command: 'replay'
  readonly file: string
  readonly speed: number
  /** What of the file was not sent, and why. */
  readonly skipped: PcapSummary['skipped'] & { readonly otherDestinations: number }
  /** What was asked for again; null where nothing could be. */
  readonly retransmission: ReplayRetransmissionReport | null
}

/**
 * Sends the UDP payloads of a recording again, at their recorded distances, from a pinned thread. This
 * thread reads ahead and fills a ring that the sender empties, and before that the store of messages that
 * can be asked for again: a message may be had a little before it is sent, and never only after.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_BAD_FILE, TW_BAD_OPTION if the file holds several
 * destinations and none was chosen, what sending throws, and what binding to `retransmit` throws
 */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const given = readOptions(options, REPLAY_OPTIONS)
  const { speed } = given
  const [text = ''] = await resolveHosts(endpointTexts(options))
  const endpoint = destination(text)
  const lingerMs = lingerMsOf(given)
  const from = await chooseDestination(options.file, options.from)
  const reader = await PcapReader.open(options.file)
  let retransmission: ReplayRetransmission | undefined
  const counters = createSendCounters(1, given.counters)
  try {
    retransmission = await ReplayRetransmission.start(given, counters.counters)
    const ring = createRing(SLOTS, MAX_SLOT_BYTES)
    const transmission = await Transmission.start({
      endpoints: [endpoint],
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
    const parts = { transmission, reader, producer, retransmission }
    return new Replay({ ...parts, file, speed, from })
  } catch (error) {
    await retransmission?.server.stop()
    closeCounters(counters.counters)
    await reader.close()
    throw error
  }
}

interface ReplayParts {
  readonly transmission: Transmission
  readonly reader: PcapReader
  readonly producer: SlotProducer
  readonly retransmission: ReplayRetransmission | undefined
  readonly file: string
  readonly speed: number
  readonly from: string
}

/** A recording on its way. All methods are for the thread that started it. */
export class Replay implements AsyncDisposable {
  readonly finished: Promise<ReplayReport>
  /** URL at which messages can be asked for again; undefined if they cannot. */
  readonly retransmitEndpoint: string | undefined
  readonly #parts: ReplayParts
  readonly #transmission: Transmission
  readonly #producer: SlotProducer
  #otherDestinations = 0

  constructor(parts: ReplayParts) {
    this.#parts = parts
    this.#transmission = parts.transmission
    this.#producer = parts.producer
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
    await this.#transmission.stop()
    return this.finished
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #run(): Promise<ReplayReport> {
    const { reader, retransmission, file, speed } = this.#parts
    const problem = await this.#readAll()
    const report = await this.#transmission.finished
    if (problem !== undefined) throw problem
    return {
      ...report,
      command: 'replay',
      warnings: [...report.warnings, ...(retransmission?.warnings() ?? [])],
      file,
      speed,
      skipped: { ...reader.summary.skipped, otherDestinations: this.#otherDestinations },
      retransmission: retransmission?.report() ?? null,
    }
  }

  /** Publishes the whole file, and gives what went wrong with it. */
  async #readAll(): Promise<unknown> {
    const { reader } = this.#parts
    try {
      for await (const batch of reader.batches()) {
        if (!(await this.#publish(batch))) break
      }
      return undefined
    } catch (error) {
      // What was read before the file turned out to be bad is still sent.
      return error
    } finally {
      await reader.close()
      this.#transmission.control.noteEnded()
    }
  }

  /** False if the replay was stopped, or its sender died. */
  async #publish(batch: readonly CapturedDatagram[]): Promise<boolean> {
    const producer = this.#producer
    const { from, speed, retransmission } = this.#parts
    for (const datagram of batch) {
      if (destinationOf(datagram) !== from) {
        this.#otherDestinations++
        continue
      }
      if (producer.claim(1) === 0 && !(await this.#waitForSpace())) return false
      // Before it is sent, so that nobody asks for what has come and is not there.
      retransmission?.add(datagram.payload)
      const index = producer.claimedIndex
      producer.write(index, datagram.payload)
      producer.setSendLength(index, datagram.payload.length)
      producer.setDueNs(index, speed === 0 ? 0 : datagram.timeNs / speed)
      producer.publish(1)
    }
    return true
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
