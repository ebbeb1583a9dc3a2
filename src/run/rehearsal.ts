import { LINE_COUNTERS_BYTES, lineCounters } from '../account/line-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import type { BehindPolicy } from '../handle/behind-policy.js'
import { createMessageReader } from '../handle/create-message-reader.js'
import { type FeedReaderOptions, PLAIN_FEED } from '../handle/feed-reader-options.js'
import { FeedState } from '../handle/feed-state.js'
import { createClock, type ThreadClock } from '../native/create-clock.js'
import { libc } from '../native/libc.js'
import { ReceiveLoop } from '../receive/receive-loop.js'
import { armForKernel } from '../ring/kernel-slots.js'
import { createRing } from '../ring/layout.js'
import { SlotProducer } from '../ring/slot-producer.js'
import type { DatagramSource } from '../transport/datagram-source.js'
import { parseEndpoint } from '../transport/endpoint.js'
import { openMappedLine } from '../transport/mapped-line.js'
import { SlotSource } from '../transport/slot-source.js'
import { openReceiveSocket, openSendSocket } from '../transport/socket-line.js'
import { createFraming } from '../wire/create-framing.js'
import type { FramingName } from '../wire/framing.js'
import { MarketDataView } from '../wire/index.js'
import { writeSampleDatagram } from '../wire/sample-datagram.js'
import { ControlBlock } from './control-block.js'
import type { ActiveTransport, FeedData } from './feed-threads.js'
import { pauseForCompiler } from './warm-up.js'

/**
 * Runs the reading side on a made-up feed before the thread says that it is ready, so that V8 has
 * compiled it, with all its turns, when the first real message comes. Without this the first tens of
 * thousands of messages run in the interpreter, at a tenth of the speed and with garbage for every
 * number above 2^31; and the first gap would throw the compiled code away and start that anew.
 *
 * The feed goes through a transport like the real one on the loopback interface, so that time stamps,
 * drop counters and losses are real too.
 */
const SLOTS = 256
const SLOT_BYTES = 128
const BATCH = 32
const BATCHES = 1500
const PAUSES = 8
/** Every so many batches nobody reads for as many as overflow the socket's buffer and the ring. */
const OVERFLOW_EVERY = 64
const OVERFLOW_BATCHES = 16
const BUFFER_BYTES = 65536
const HOLD_BYTES = 65536
const CONFLATED = 4096
/** So many that bids and asks are replaced, and some not. */
const INSTRUMENTS = 40
const LOOPBACK = parseEndpoint('udp://127.0.0.1:0')
/** A source that is not ours (RFC 5737), and how many batches come as if from strangers. */
const ELSEWHERE = '192.0.2.1'
const STRANGE_BATCHES = 100
const NOTHING_SPECIAL = { coalesce: false, busyPollUs: 0 }

/**
 * For the thread that will read the feed.
 *
 * Where sources will be told apart both answers have to be given before what asks for them is compiled,
 * so strangers come first.
 */
export function rehearse(data: FeedData): void {
  const filtered = data.plan.allowedSources.some((allowed) => allowed.length > 0)
  const stage = STAGES[data.transport]
  if (filtered) perform(stage(data.epoch, [ELSEWHERE]), data, STRANGE_BATCHES)
  perform(stage(data.epoch, filtered ? [LOOPBACK.address] : []), data, BATCHES)
}

function perform(stage: Stage, data: FeedData, batches: number): void {
  const { plan, epoch } = data
  const { framing, stages, policy } = plan
  const counters = lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0)
  const clock = createClock(epoch)
  const options: FeedReaderOptions = {
    lines: [{ source: stage.source, counters }],
    framing: createFraming(framing),
    state: FeedState.create(),
    epoch,
    clock,
    total: Number.NaN,
    stages,
    ...PLAIN_FEED,
    policy,
    holdBytes: HOLD_BYTES,
    onGap: undefined,
  }
  const reader = createMessageReader(options, rehearsedPolicy(plan.behind), undefined)
  const script = new Script(framing, epoch, clock, stage.outbox)
  for (let batch = 0; batch < batches; batch++) {
    script.write()
    stage.send()
    if (batch % OVERFLOW_EVERY < OVERFLOW_BATCHES && stage.canOverflow) continue
    while (stage.pump() || reader.take()) while (reader.next());
    reader.whileIdle()
    if (batch % (BATCHES / PAUSES) < 1) pauseForCompiler()
  }
  stage.close()
}

/** The same on a small ring. */
function rehearsedPolicy(policy: BehindPolicy): BehindPolicy {
  const { when, limit, messages } = policy
  return { when, limit: Math.min(limit, SLOTS >> 1), messages: Math.min(messages, CONFLATED) }
}

/** Datagrams with gaps, duplicates and late ones among them. */
class Script {
  readonly #framing: FramingName
  readonly #clock: ThreadClock
  readonly #outbox: SlotProducer
  readonly #view: MarketDataView
  #sequence = 1
  #batches = 0

  constructor(framing: FramingName, epoch: SessionEpoch, clock: ThreadClock, outbox: SlotProducer) {
    this.#framing = framing
    this.#clock = clock
    this.#outbox = outbox
    this.#view = new MarketDataView(epoch)
  }

  /** Writes the next batch into the first slots of the outbox. */
  write(): void {
    const turn = this.#batches++ % 4
    if (turn === 1) this.#sequence += 3
    for (let i = 0; i < BATCH; i++) {
      let sequence = this.#sequence + i
      if (turn === 2 && i === 10) sequence += 1
      if (turn === 2 && i === 11) sequence -= 1
      if (turn === 3 && i === 20) sequence -= 1
      this.#writeDatagram(i, sequence)
    }
    this.#sequence += BATCH
  }

  #writeDatagram(index: number, sequence: number): void {
    const { bytes } = this.#outbox
    const offset = this.#outbox.slotOffset(index)
    const length = writeSampleDatagram(this.#framing, bytes, offset, sequence)
    if (this.#framing === 'raw') {
      this.#view.wrap(bytes, offset, length)
      this.#clock.read()
      this.#view.sentNs = this.#clock.ns
      this.#view.instrument = Math.imul(sequence, 0x9e3779b1) % INSTRUMENTS
      this.#view.side = sequence % 4
    }
    this.#outbox.setSendLength(index, length)
  }
}

/** A transport to rehearse on. */
interface Stage {
  readonly source: DatagramSource
  /** Its first slots hold the batch that `send` sends. */
  readonly outbox: SlotProducer
  /** Whether what is sent and not read gets lost, as in the kernel. */
  readonly canOverflow: boolean
  send(): void
  /** Moves what came to where the source sees it; false if nothing did. */
  pump(): boolean
  close(): void
}

type CreateStage = (epoch: SessionEpoch, allowed: readonly string[]) => Stage

const STAGES: Readonly<Record<ActiveTransport, CreateStage>> = {
  socket: socketStage,
  mapped: mappedStage,
  portable: portableStage,
}

function socketStage(epoch: SessionEpoch, allowed: readonly string[]): Stage {
  const line = openReceiveSocket(LOOPBACK, BUFFER_BYTES, NOTHING_SPECIAL)
  const ring = createRing(SLOTS, SLOT_BYTES, allowed.length > 0)
  const loop = new ReceiveLoop({
    socket: line.socket,
    ring,
    handlerBell: new ControlBlock().handlerBell,
    counters: lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0),
    whenFull: 'drop-newest',
    framing: createFraming('raw'),
    allowedSources: allowed,
    spinTurns: Number.POSITIVE_INFINITY,
  })
  const out = outboxTo(line.port)
  return {
    source: new SlotSource(ring, epoch, allowed),
    outbox: out.outbox,
    canOverflow: true,
    send: out.send,
    pump: () => loop.doWork() > 0,
    close() {
      out.close()
      line.socket.close()
    },
  }
}

function mappedStage(epoch: SessionEpoch, allowed: readonly string[]): Stage {
  const line = openMappedLine(LOOPBACK, SLOTS, SLOT_BYTES, epoch, allowed)
  const out = outboxTo(line.port)
  return {
    source: line.source,
    outbox: out.outbox,
    canOverflow: true,
    send: out.send,
    pump: () => false,
    close() {
      out.close()
      line.close()
    },
  }
}

/** Without a socket: an event loop would have to turn. Its receiver tells sources apart. */
function portableStage(epoch: SessionEpoch): Stage {
  const ring = createRing(SLOTS, SLOT_BYTES)
  const producer = new SlotProducer(ring)
  const outboxRing = createRing(BATCH, SLOT_BYTES)
  const outbox = new SlotProducer(outboxRing)
  const octets = new Uint8Array(outboxRing)
  return {
    source: new SlotSource(ring, epoch),
    outbox,
    canOverflow: false,
    send() {
      const count = producer.claim(BATCH)
      for (let i = 0; i < count; i++) {
        const offset = outbox.slotOffset(i)
        const payload = octets.subarray(offset, offset + outbox.sendLength(i))
        producer.write(producer.claimedIndex + i, payload)
      }
      producer.publish(count)
    },
    pump: () => false,
    close() {},
  }
}

function outboxTo(port: number) {
  const ring = createRing(BATCH, SLOT_BYTES)
  const headers = armForKernel(ring, libc().address(new Uint8Array(ring)), false)
  const socket = openSendSocket(parseEndpoint(`udp://127.0.0.1:${port}`), BUFFER_BYTES)
  return {
    outbox: new SlotProducer(ring),
    send: () => {
      socket.sendMany(headers.at(0), BATCH)
    },
    close: () => socket.close(),
  }
}
