import { setTimeout as sleep } from 'node:timers/promises'
import { TickwireError } from '../foundation/errors.js'
import { createRing, MAX_SLOT_BYTES } from '../ring/layout.js'
import { SlotProducer } from '../ring/slot-producer.js'
import { destination } from '../run/send-options.js'
import { type SendReport, Transmission } from '../run/transmission.js'
import { DEFAULT_ENDPOINT } from '../transport/endpoint.js'
import { type CapturedDatagram, PcapReader, type PcapSummary } from './pcap-reader.js'

/** Datagrams that are read ahead of the sender, each of any size. */
const SLOTS = 512
const BATCH = 32
/** How long the reader waits at most for a free slot before it looks whether it shall stop. */
const SPACE_WAIT_MS = 20

export interface ReplayOptions {
  /** A classic pcap file, plain or gzip. */
  readonly file: string
  /** Where to. Default `udp://127.0.0.1:9001`. */
  readonly endpoint?: string | undefined
  /** 1: as it was recorded; 50: fifty times as fast; 0: as fast as possible. Default 1. */
  readonly speed?: number | undefined
  /** `ADDRESS:PORT` of the recorded destination, where the file holds several. */
  readonly from?: string | undefined
  /** CPU of the sender; null: none. Default 1. */
  readonly cpu?: number | null | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((warning: string) => void) | undefined
}

/** What a replay has sent. */
export interface ReplayReport extends Omit<SendReport, 'command'> {
  readonly command: 'replay'
  readonly file: string
  readonly speed: number
  /** What of the file was not sent, and why. */
  readonly skipped: PcapSummary['skipped'] & { readonly otherDestinations: number }
}

/**
 * Sends the UDP payloads of a recording again, at their recorded distances, from a pinned thread. This
 * thread reads ahead and fills a ring that the sender empties.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_BAD_FILE, TW_BAD_OPTION if the file holds several
 * destinations and none was chosen, and what sending throws
 */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const speed = options.speed ?? 1
  if (!(speed >= 0 && speed < Number.POSITIVE_INFINITY)) {
    throw new TickwireError('TW_BAD_OPTION', `speed is ${speed}`, 'Give a number of at least 0.')
  }
  const endpoint = destination(options.endpoint ?? DEFAULT_ENDPOINT)
  const from = await chooseDestination(options.file, options.from)
  const reader = await PcapReader.open(options.file)
  const ring = createRing(SLOTS, MAX_SLOT_BYTES)
  try {
    const transmission = await Transmission.start({
      endpoint,
      cpu: options.cpu,
      transport: 'auto',
      source: { kind: 'ring', ring, batch: BATCH, paced: speed > 0 },
      signal: options.signal,
      onWarning: options.onWarning,
    })
    return new Replay(transmission, reader, new SlotProducer(ring), options.file, speed, from)
  } catch (error) {
    await reader.close()
    throw error
  }
}

/** A recording on its way. All methods are for the thread that started it. */
export class Replay implements AsyncDisposable {
  readonly finished: Promise<ReplayReport>
  readonly #transmission: Transmission
  readonly #reader: PcapReader
  readonly #producer: SlotProducer
  readonly #file: string
  readonly #speed: number
  readonly #from: string
  #otherDestinations = 0

  constructor(
    transmission: Transmission,
    reader: PcapReader,
    producer: SlotProducer,
    file: string,
    speed: number,
    from: string,
  ) {
    this.#transmission = transmission
    this.#reader = reader
    this.#producer = producer
    this.#file = file
    this.#speed = speed
    this.#from = from
    this.finished = this.#run()
    this.finished.catch(() => {})
  }

  stats(): SendReport {
    return this.#transmission.stats()
  }

  async stop(): Promise<ReplayReport> {
    this.#transmission.control.requestStop()
    return this.finished
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #run(): Promise<ReplayReport> {
    let problem: unknown
    try {
      for await (const batch of this.#reader.batches()) {
        if (!(await this.#publish(batch))) break
      }
    } catch (error) {
      // What was read before the file turned out to be bad is still sent.
      problem = error
    } finally {
      await this.#reader.close()
      this.#transmission.control.noteEnded()
    }
    const report = await this.#transmission.finished
    if (problem !== undefined) throw problem
    return {
      ...report,
      command: 'replay',
      file: this.#file,
      speed: this.#speed,
      skipped: { ...this.#reader.summary.skipped, otherDestinations: this.#otherDestinations },
    }
  }

  /** False if the replay was stopped, or its sender died. */
  async #publish(batch: readonly CapturedDatagram[]): Promise<boolean> {
    const producer = this.#producer
    for (const datagram of batch) {
      if (destinationOf(datagram) !== this.#from) {
        this.#otherDestinations++
        continue
      }
      if (producer.claim(1) === 0 && !(await this.#waitForSpace())) return false
      const index = producer.claimedIndex
      producer.write(index, datagram.payload)
      producer.setSendLength(index, datagram.payload.length)
      producer.setDueNs(index, this.#speed === 0 ? 0 : datagram.timeNs / this.#speed)
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

function destinationOf(datagram: CapturedDatagram): string {
  const { destinationAddress: address, destinationPort: port } = datagram
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The destination that was asked for, or the only one of a file. */
async function chooseDestination(file: string, wanted: string | undefined): Promise<string> {
  const counts = new Map<string, number>()
  const reader = await PcapReader.open(file)
  try {
    for await (const batch of reader.batches()) {
      for (const datagram of batch) {
        const key = destinationOf(datagram)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
  } catch (error) {
    // The replay itself will come to the damaged part, and say so; what is before it can be sent.
    if (counts.size === 0) throw error
  } finally {
    await reader.close()
  }
  if (wanted !== undefined && counts.has(wanted)) return wanted
  const [first, second] = counts.keys()
  if (first === undefined) {
    throw new TickwireError(
      'TW_BAD_FILE',
      `${file} holds no UDP datagram (${reader.summary.packets} packets of other kinds)`,
      'Record with a filter that includes the feed, for example: tcpdump -w FILE udp.',
    )
  }
  if (second !== undefined || wanted !== undefined) {
    const list = [...counts].map(([key, count]) => `${key} (${count})`).join(', ')
    throw new TickwireError(
      'TW_BAD_OPTION',
      wanted === undefined
        ? `${file} holds datagrams to ${counts.size} destinations: ${list}`
        : `${file} holds no datagram to ${wanted}; there are: ${list}`,
      `Choose one, for example --from ${first}.`,
    )
  }
  return first
}
