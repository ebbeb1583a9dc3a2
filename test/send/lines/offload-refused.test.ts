import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SENT, SendState } from '../../../src/account/send-counters.js'
import { sessionEpoch } from '../../../src/foundation/clock.js'
import { EAGAIN, EINVAL, EIO, EMSGSIZE } from '../../../src/native/constants.js'
import { SystemClock } from '../../../src/native/system-clock.js'
import { UdpSocket } from '../../../src/native/udp-socket.js'
import { createMarketWriter } from '../../../src/run/sending/writers.js'
import { Schedule } from '../../../src/send/messages/schedule.js'
import { MarketLoop } from '../../../src/send/send-loop.js'
import { MARKET_DATA_BYTES, MarketDataView } from '../../../src/wire/index.js'
import { KernelRing } from '../../native/loopback.js'

const skip = process.platform === 'linux' ? false : 'segmentation offload needs Linux'
const EPOCH = sessionEpoch(1_700_000_000)
const COUNT = 1000
const PLAN = { framing: 'raw', session: null, instruments: 10, seed: 1 } as const
/** A vector of trains fits the smallest receive buffer that Linux gives by default. */
const BATCH = 2

/**
 * A real socket on a device that cannot cut: up to Linux 6.10 that is one without checksum offload,
 * which refuses trains when they are sent and not when the option is set. Later kernels cut for such
 * devices themselves, and refuse with EIO only what IPsec transforms.
 */
class UncutSocket extends UdpSocket {
  #segments = false
  #trains: number

  constructor(
    readonly errno: number,
    /** Vectors of trains that pass before the first is refused. */
    passes: number,
  ) {
    super(false)
    this.#trains = passes
  }

  override trySegment(bytes: number): boolean {
    this.#segments = bytes > 0
    return super.trySegment(bytes)
  }

  override sendMany(vector: number, length: number): number {
    if (!this.#segments) return super.sendMany(vector, length)
    // One train of the vector passes, so that the refusal meets the vector half handed over.
    return this.#trains-- > 0 ? super.sendMany(vector, 1) : -this.errno
  }
}

for (const [errno, name] of [
  [EIO, 'EIO'],
  [EINVAL, 'EINVAL'],
  [EMSGSIZE, 'EMSGSIZE'],
] as const) {
  for (const passes of [0, 1, 2, 3]) {
    for (const perDatagram of [1, 3]) {
      test(`Trains refused with ${name} after ${passes} go on as single datagrams of ${perDatagram}, each once`, {
        skip,
      }, (t) => {
        const receiver = new UdpSocket(false)
        const sender = new UncutSocket(errno, passes)
        t.after(() => {
          receiver.close()
          sender.close()
        })
        receiver.bind('127.0.0.1', 0, 0)
        sender.connect('127.0.0.1', receiver.port(), 0)
        const state = SendState.create(1)
        const loop = new MarketLoop({
          sockets: [sender],
          clock: new SystemClock(EPOCH),
          ...createMarketWriter(PLAN, EPOCH),
          schedule: new Schedule(0, 1),
          state,
          count: COUNT,
          messagesPerDatagram: perDatagram,
          offload: true,
          stampDue: false,
          batch: BATCH,
          startDelayNs: 0,
        })
        const sequences: number[] = []
        while (!loop.done) {
          loop.doWork()
          sequences.push(...waiting(receiver, perDatagram))
        }
        assert.deepEqual(
          sequences,
          Array.from({ length: COUNT }, (_, i) => i),
        )
        const { counters } = state
        assert.equal(counters[SENT.offloadErrno], errno)
        assert.equal(counters[SENT.trains], passes)
        assert.equal(counters[SENT.messages], COUNT)
        assert.equal(counters[SENT.datagrams], Math.ceil(COUNT / perDatagram))
        assert.equal(counters[SENT.payloadBytes], COUNT * MARKET_DATA_BYTES)
        assert.deepEqual([counters[SENT.refusedMessages], counters[SENT.refusedDatagrams]], [0, 0])
      })
    }
  }
}

/** The sequences of the messages that wait at a socket, which loopback has delivered by now. */
function waiting(socket: UdpSocket, perDatagram: number): number[] {
  const ring = new KernelRing(1, perDatagram * MARKET_DATA_BYTES, false)
  const view = new MarketDataView(EPOCH)
  const sequences: number[] = []
  while (socket.receiveMany(ring.headers.at(0), 1) !== -EAGAIN) {
    const offset = ring.consumer.slotOffset(0)
    const messages = ring.consumer.length(0) / MARKET_DATA_BYTES
    for (let i = 0; i < messages; i++) {
      view.wrap(ring.consumer.bytes, offset + i * MARKET_DATA_BYTES, MARKET_DATA_BYTES)
      sequences.push(view.sequence)
    }
  }
  return sequences
}
