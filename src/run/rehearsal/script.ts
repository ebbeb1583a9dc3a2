import type { SessionEpoch } from '../../foundation/clock.js'
import { createClock, type ThreadClock } from '../../native/create-clock.js'
import { libc } from '../../native/libc.js'
import { armForKernel } from '../../ring/kernel-slots.js'
import { createRing } from '../../ring/layout.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import { parseEndpoint } from '../../transport/endpoint.js'
import { openSendSocket } from '../../transport/socket-line.js'
import { createFraming } from '../../wire/create-framing.js'
import { FLOW_SETUP_BYTES, FlowSetup } from '../../wire/flow-setup.js'
import type { FramingName } from '../../wire/framing.js'
import { MARKET_DATA_BYTES, MarketDataView } from '../../wire/market-data-view.js'
import {
  type SampleStatus,
  writeSampleDatagram,
  writeSampleStatus,
} from '../../wire/sample-datagram.js'

/** Datagrams of a batch, of which each takes a slot. */
const BATCH = 32
/** Datagrams in a train that another one goes on with. */
const TRAIN = 8
const SLOT_BYTES = 256
/** Of so many batches one is a train where that is possible, and one has several messages in each datagram. */
const PATTERN = 3
const MESSAGES_PER_DATAGRAM = 4
const SEND_BUFFER_BYTES = 262144
/** What a second line lacks of each batch, so that it neither brings all nor nothing. */
const LACKED = 5
const INSTRUMENTS = 40
/** Every so many batches the publisher restarts; and a stray datagram of the others is so far ahead. */
const RESTART_EVERY = 24
const STRAY_AHEAD = 2 ** 21
/** Where in a batch a heartbeat stands, where the framing has such. */
const HEARTBEAT_AT = 15
/** Half of what the low word of a time stamp counts: the other half is to be seen too. */
const HALF_WORD_NS = 2 ** 31

/** Where the datagrams of a made-up feed go, for one line. */
export interface Outlet {
  /** Sends so many of the batch's datagrams. */
  send(count: number): void
  /** Sends the batch as one train, if that is possible here. */
  sendTrain(): void
  close(): void
}

/** A made-up feed with all that makes a real one hard: gaps, duplicates, late datagrams, trains, overflows. */
export class RehearsalScript {
  readonly #framing: FramingName
  readonly #clock: ThreadClock
  readonly #ring = createRing(BATCH, SLOT_BYTES)
  readonly #octets = new Uint8Array(this.#ring)
  readonly #outbox = new SlotProducer(this.#ring)
  readonly #trainRing = createRing(1, BATCH * SLOT_BYTES)
  readonly #trainOctets = new Uint8Array(this.#trainRing)
  readonly #trainOutbox = new SlotProducer(this.#trainRing)
  readonly #view: MarketDataView
  readonly #setup = new FlowSetup()
  readonly #controlled: boolean
  readonly #firstSequence: number
  #sequence: number
  #batches = 0
  /** Of the batch: messages in a datagram, and the distance of their sequences. */
  #count = 1
  #step = 1

  /** @param controlled whether the sender is under flow control */
  constructor(framing: FramingName, epoch: SessionEpoch, controlled: boolean) {
    this.#framing = framing
    this.#firstSequence = createFraming(framing).initialSequence
    this.#sequence = this.#firstSequence
    this.#controlled = controlled
    this.#clock = createClock(epoch)
    this.#view = new MarketDataView(epoch)
  }

  /** An outlet to a port on the loopback interface. */
  toPort(port: number): Outlet {
    const endpoint = parseEndpoint(`udp://127.0.0.1:${port}`)
    const socket = openSendSocket(endpoint, SEND_BUFFER_BYTES)
    const trains = openSendSocket(endpoint, SEND_BUFFER_BYTES)
    const headers = this.#armed(this.#ring)
    const trainHeaders = this.#armed(this.#trainRing)
    const canCut = trains.trySegment(this.#outbox.sendLength(0))
    return {
      send(count) {
        socket.sendMany(headers.at(0), count)
      },
      sendTrain() {
        if (canCut) trains.sendMany(trainHeaders.at(0), 1)
      },
      close() {
        socket.close()
        trains.close()
      },
    }
  }

  /** An outlet straight into a ring, as a receiver fills it. */
  intoRing(ring: SharedArrayBuffer): Outlet {
    const producer = new SlotProducer(ring)
    return {
      send: (count) => {
        const claimed = producer.claim(count)
        for (let i = 0; i < claimed; i++) {
          const offset = this.#outbox.slotOffset(i)
          const payload = this.#octets.subarray(offset, offset + this.#outbox.sendLength(i))
          producer.write(producer.claimedIndex + i, payload)
        }
        producer.publish(claimed)
      },
      sendTrain() {},
      close() {},
    }
  }

  /** Writes the next batch and sends it to every line, to the second one a little less. */
  play(outlets: readonly Outlet[], trains: boolean): void {
    this.#write()
    const train = trains && this.#batches % PATTERN === 0
    if (train) this.#writeTrain(0, BATCH)
    outlets.forEach((outlet, line) => {
      if (train) outlet.sendTrain()
      else outlet.send(line === this.#batches % 2 ? BATCH : BATCH - LACKED)
    })
  }

  /** Writes a batch in order and sends it to every line as trains, each of which goes on with the one before. */
  playTrains(outlets: readonly Outlet[]): void {
    this.#count = 1
    for (let i = 0; i < BATCH; i++) this.#writeDatagram(i, this.#sequence++)
    for (let first = 0; first < BATCH; first += TRAIN) {
      this.#writeTrain(first, TRAIN)
      for (const outlet of outlets) outlet.sendTrain()
    }
  }

  /** Writes the next datagram and sends it to every line by itself, as most come. */
  playOne(outlets: readonly Outlet[]): void {
    this.#count = 1
    this.#writeDatagram(0, this.#sequence++)
    for (const outlet of outlets) outlet.send(1)
  }

  /** Writes a batch, so that the length of its datagrams is known. */
  prepare(): this {
    this.#write()
    return this
  }

  #write(): void {
    const turn = this.#batches++ % 4
    if (turn === 1) this.#sequence += 3
    if (this.#batches % RESTART_EVERY === 1) this.#sequence = this.#firstSequence
    const several = this.#batches % PATTERN === 2
    this.#clock.read()
    this.#count = several ? MESSAGES_PER_DATAGRAM : 1
    this.#step = several && this.#framing !== 'mdp3' ? MESSAGES_PER_DATAGRAM : 1
    for (let i = 0; i < BATCH; i++) {
      let sequence = this.#sequence + i * this.#step
      if (turn === 2 && i === 10) sequence += this.#step
      if (turn === 2 && i === 11) sequence -= this.#step
      if (turn === 3 && i === 20) sequence -= 1
      if (turn === 3 && i === 25) sequence += STRAY_AHEAD
      this.#writeDatagram(i, sequence)
    }
    if (turn === 0) this.#writeStatus(HEARTBEAT_AT, 'heartbeat')
    if (this.#batches % RESTART_EVERY === 0) this.#writeStatus(BATCH - 1, 'end-of-session')
    this.#sequence += BATCH * this.#step
    // In the place of the last message, which then is one more that is lost.
    if (this.#controlled && turn === 0) this.#writeSetup(BATCH - 1)
  }

  /** In the place of a message, which then is one more that is lost. */
  #writeStatus(index: number, status: SampleStatus): void {
    if (this.#framing !== 'moldudp64' && this.#framing !== 'iex-tp') return
    const { bytes } = this.#outbox
    const offset = this.#outbox.slotOffset(index)
    const sequence = this.#sequence + index * this.#step
    const length = writeSampleStatus(this.#framing, bytes, offset, sequence, status)
    this.#outbox.setSendLength(index, length)
  }

  #writeSetup(index: number): void {
    this.#setup.sequence = this.#sequence
    this.#setup.write(this.#outbox.bytes, this.#outbox.slotOffset(index))
    this.#outbox.setSendLength(index, FLOW_SETUP_BYTES)
  }

  #writeDatagram(index: number, sequence: number): void {
    const { bytes } = this.#outbox
    const offset = this.#outbox.slotOffset(index)
    const length = writeSampleDatagram(this.#framing, bytes, offset, sequence, this.#count)
    if (this.#framing === 'raw') {
      for (let i = 0; i < this.#count; i++)
        this.#describe(offset + i * MARKET_DATA_BYTES, sequence + i)
    }
    this.#outbox.setSendLength(index, length)
  }

  #describe(offset: number, sequence: number): void {
    this.#view.wrap(this.#outbox.bytes, offset, MARKET_DATA_BYTES)
    // What is sent as a train may have one stamp, from a sender that reads its clock once for each.
    if (this.#batches % PATTERN !== 0) this.#clock.read()
    this.#view.sentNs = this.#clock.ns - (this.#batches % 2) * HALF_WORD_NS
    this.#view.instrument = Math.imul(sequence, 0x9e3779b1) % INSTRUMENTS
    this.#view.side = sequence % 4
  }

  /** All datagrams of a batch are of one length: one behind the other they are a train. */
  #writeTrain(first: number, count: number): void {
    const length = this.#outbox.sendLength(0)
    const start = this.#trainOutbox.slotOffset(0)
    for (let i = 0; i < count; i++) {
      const from = this.#outbox.slotOffset(first + i)
      this.#trainOctets.set(this.#octets.subarray(from, from + length), start + i * length)
    }
    this.#trainOutbox.setSendLength(0, count * length)
  }

  #armed(ring: SharedArrayBuffer) {
    return armForKernel(ring, libc().address(new Uint8Array(ring)), false)
  }
}
