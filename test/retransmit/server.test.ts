import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createRetransmissionCounters,
  REFUSALS,
  RETRANSMISSION,
  type Refusal,
} from '../../src/account/retransmission-counters.js'
import { TickwireError } from '../../src/foundation/errors.js'
import { planRetransmissionLimits, type RetransmissionLimits } from '../../src/retransmit/limits.js'
import { RESPONSE_FRAMINGS, type ResponseFraming } from '../../src/retransmit/response-framing.js'
import { RetransmissionServer } from '../../src/retransmit/server.js'
import { createRetransmitStore, MIN_STORE_BYTES } from '../../src/retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../../src/retransmit/store-writer.js'
import { encodeMoldSession } from '../../src/wire/moldudp64.js'
import { iexTpDatagram, rawDatagram } from '../wire/datagrams.js'
import { type Reply, type Request, readReply, requestBytes } from './retransmission-datagrams.js'

const SESSION = 'SESSION'
const IEX_SESSION = 0x11223344
const NS = 1e9

interface Bench {
  readonly server: RetransmissionServer
  readonly writer: RetransmitStoreWriter
  readonly counters: Float64Array
  ask(request: Partial<Request> | Uint8Array, client?: string, nowNs?: number): Reply[]
  refused(): Partial<Record<Refusal, number>>
}

function bench(
  framing: ResponseFraming,
  limits: Partial<RetransmissionLimits> = {},
  firstSequence = framing === 'raw' ? 0 : 1,
): Bench {
  const store = createRetransmitStore(MIN_STORE_BYTES)
  const header = iexTpDatagram({ sequence: 9n, messages: [], session: IEX_SESSION })
  // A stream offset and a send time, which no reply has.
  header.fill(0x77, 16, 24).fill(0x77, 32, 40)
  const writer = new RetransmitStoreWriter(store, {
    session: encodeMoldSession(SESSION),
    firstSequence,
    header,
  })
  const counters = createRetransmissionCounters()
  const server = new RetransmissionServer({
    store,
    framing,
    counters,
    limits: planRetransmissionLimits(limits, framing),
  })
  return {
    server,
    writer,
    counters,
    ask: (request, client = 'client', nowNs = 0) => {
      const bytes =
        request instanceof Uint8Array
          ? request
          : requestBytes({ session: SESSION, sequence: 1n, count: 1, ...request })
      const replies: Reply[] = []
      for (let more = server.open(bytes, client, nowNs); more; more = server.next()) {
        replies.push(readReply(framing, server.response.slice(0, server.responseBytes)))
      }
      return replies
    },
    refused: () => {
      const pairs = REFUSALS.map((reason) => [reason, counters[RETRANSMISSION[reason]]] as const)
      return Object.fromEntries(pairs.filter(([, count]) => count > 0))
    },
  }
}

/** Native messages, which have their sequence in them, in any framing. */
function fill(writer: RetransmitStoreWriter, count: number): void {
  const first = writer.nextSequence
  const bytes = new DataView(rawDatagram(first % 2 ** 32, count).buffer)
  for (let i = 0; i < count; i++) writer.append(bytes, i * 29, 29)
  writer.publish()
}

function sequences(replies: readonly Reply[]): number[] {
  return replies.flatMap(({ messages }) => messages.map((bytes) => bytes.readUInt32LE(16)))
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}

for (const framing of RESPONSE_FRAMINGS) {
  test(`RetransmissionServer answers a request in ${framing}`, () => {
    const { writer, ask, counters, refused } = bench(framing, { maxReplyDatagrams: 16 })
    fill(writer, 1000)
    const replies = ask({ sequence: 10n, count: 100 })
    assert.deepEqual(sequences(replies), range(10, 100))
    for (const reply of replies) {
      assert.ok(reply.bytes.length <= 1400)
      if (framing === 'raw') continue
      assert.equal(reply.sequence, sequences([reply])[0])
      assert.equal(reply.session, framing === 'iex-tp' ? IEX_SESSION : SESSION)
    }
    assert.equal(counters[RETRANSMISSION.requests], 1)
    assert.equal(counters[RETRANSMISSION.responses], replies.length)
    assert.equal(counters[RETRANSMISSION.messages], 100)
    const bytes = replies.reduce((sum, reply) => sum + reply.bytes.length, 0)
    assert.equal(counters[RETRANSMISSION.bytes], bytes)
    assert.deepEqual(refused(), {})
  })

  test(`RetransmissionServer bounds the responses to one request in ${framing}`, () => {
    const { writer, ask } = bench(framing)
    fill(writer, 5000)
    const replies = ask({ sequence: 1n, count: 0xfffe })
    assert.equal(replies.length, framing === 'moldudp64' ? 1 : 16)
    const got = sequences(replies)
    assert.deepEqual(got, range(1, got.length))
    const rest = ask({ sequence: BigInt(1 + got.length), count: 0xfffe })
    assert.equal(sequences(rest)[0], 1 + got.length)
  })

  test(`RetransmissionServer keeps to a smaller payload and fewer replies in ${framing}`, () => {
    const { writer, ask } = bench(framing, { maxPayloadBytes: 150, maxReplyDatagrams: 3 })
    fill(writer, 100)
    const replies = ask({ sequence: 1n, count: 100 })
    assert.equal(replies.length, 3)
    for (const { bytes } of replies) assert.ok(bytes.length <= 150 && bytes.length > 150 - 31)
  })
}

test('RetransmissionServer puts zeros for stream offset and send time into IEX-TP', () => {
  const { writer, ask } = bench('iex-tp', {}, 2 ** 40)
  writer.append(new DataView(new ArrayBuffer(4)), 0, 4)
  writer.publish()
  const [reply] = ask({ sequence: 2n ** 40n })
  const messages = [new Uint8Array(4)]
  const golden = iexTpDatagram({ sequence: 2n ** 40n, messages, session: IEX_SESSION })
  assert.deepEqual(Uint8Array.from(reply?.bytes ?? []), golden)
})

test('RetransmissionServer refuses what is no request', () => {
  const { writer, ask, refused } = bench('moldudp64')
  fill(writer, 10)
  const good = requestBytes({ session: SESSION, sequence: 1n, count: 1 })
  assert.deepEqual(ask(good.subarray(0, 19)), [])
  assert.deepEqual(ask(Buffer.concat([good, Buffer.alloc(1)])), [])
  assert.deepEqual(ask(new Uint8Array(0)), [])
  assert.deepEqual(ask({ count: 0 }), [])
  assert.deepEqual(ask({ count: 0xffff }), [])
  assert.deepEqual(refused(), { malformed: 5 })
})

test('RetransmissionServer refuses another session, an empty one, and any before the first', () => {
  const { writer, ask, refused } = bench('moldudp64')
  fill(writer, 10)
  assert.deepEqual(ask({ session: 'SESSIOM' }), [])
  assert.deepEqual(ask({ session: '' }), [])
  assert.deepEqual(ask({ session: '\0\0\0\0\0\0\0\0\0\0' }), [])
  assert.deepEqual(refused(), { otherSession: 3 })
  const empty = new RetransmissionServer({
    store: createRetransmitStore(MIN_STORE_BYTES),
    framing: 'moldudp64',
    counters: createRetransmissionCounters(),
    limits: planRetransmissionLimits({}),
  })
  const zeros = requestBytes({ session: '\0\0\0\0\0\0\0\0\0\0', sequence: 0n, count: 1 })
  assert.equal(empty.open(zeros, 'client', 0), false)
})

test('RetransmissionServer follows its store into another session', () => {
  const { writer, ask, refused } = bench('moldudp64')
  fill(writer, 10)
  assert.equal(ask({}).length, 1)
  writer.begin({ session: encodeMoldSession('NEXT'), firstSequence: 1 })
  fill(writer, 5)
  assert.deepEqual(ask({}), [])
  assert.deepEqual(refused(), { otherSession: 1 })
  assert.deepEqual(sequences(ask({ session: 'NEXT', count: 9 })), range(1, 5))
})

test('RetransmissionServer refuses what has not been sent yet, and gives what has been', () => {
  const { writer, ask, refused } = bench('moldudp64')
  assert.deepEqual(ask({ sequence: 1n }), [])
  fill(writer, 10)
  assert.deepEqual(ask({ sequence: 11n }), [])
  assert.deepEqual(ask({ sequence: 2n ** 64n - 1n }), [])
  assert.deepEqual(refused(), { notYet: 2, malformed: 1 })
  assert.deepEqual(sequences(ask({ sequence: 8n, count: 100 })), [8, 9, 10])
})

test('RetransmissionServer refuses what is gone, even if what follows is there', () => {
  const { writer, ask, refused } = bench('moldudp64')
  assert.deepEqual(ask({ sequence: 0n, count: 1 }), [])
  fill(writer, 100_000)
  assert.deepEqual(ask({ sequence: 1n, count: 0xfffe }), [])
  assert.deepEqual(refused(), { gone: 2 })
  assert.equal(ask({ sequence: 99_999n }).length, 1)
})

test('RetransmissionServer ends an answer before a message that never was', () => {
  const { writer, ask, refused } = bench('moldudp64')
  fill(writer, 10)
  writer.skip(5)
  fill(writer, 10)
  assert.deepEqual(sequences(ask({ sequence: 6n, count: 100 })), range(6, 5))
  assert.deepEqual(ask({ sequence: 11n, count: 100 }), [])
  assert.deepEqual(ask({ sequence: 15n, count: 100 }), [])
  assert.deepEqual(sequences(ask({ sequence: 16n, count: 100 })), range(16, 10))
  assert.deepEqual(refused(), { gone: 2 })
})

test('RetransmissionServer refuses a message that no reply can hold, and gives those before it', () => {
  const { writer, ask, refused } = bench('moldudp64')
  fill(writer, 2)
  writer.append(new DataView(new ArrayBuffer(1379)), 0, 1379)
  writer.append(new DataView(new ArrayBuffer(1378)), 0, 1378)
  writer.publish()
  assert.deepEqual(sequences(ask({ sequence: 1n, count: 4 })), [1, 2])
  assert.deepEqual(ask({ sequence: 3n }), [])
  assert.equal(ask({ sequence: 4n })[0]?.bytes.length, 1400)
  assert.deepEqual(refused(), { tooLong: 1 })
})

test('RetransmissionServer gives a client its share in bytes, and no more', () => {
  const limits = { clientBytesPerSecond: 1400, clientBurstBytes: 2800, maxReplyDatagrams: 16 }
  const { writer, ask, counters, refused } = bench('moldudp64', limits)
  fill(writer, 1000)
  const first = ask({ count: 1000 }, 'a')
  assert.equal(first.length, 2, 'what the burst has room for')
  const drawn = counters[RETRANSMISSION.bytes]
  assert.ok(drawn <= 2800)
  assert.deepEqual(ask({ count: 1 }, 'a'), [])
  assert.deepEqual(refused(), { clientRate: 1 })
  assert.equal(ask({ count: 20 }, 'b').length, 1, 'another client')
  assert.equal(ask({ count: 1000 }, 'a', 1.05 * NS).length, 1, 'a second later')
})

test('RetransmissionServer gives all clients together their share, and no more', () => {
  const limits = { totalBytesPerSecond: 1400, totalBurstBytes: 5000, maxReplyDatagrams: 16 }
  const { writer, ask, counters, refused } = bench('moldudp64', limits)
  fill(writer, 1000)
  for (let i = 0; i < 20; i++) ask({ count: 1000 }, `client ${i}`)
  assert.ok(counters[RETRANSMISSION.bytes] <= 5000)
  assert.ok((refused().totalRate ?? 0) > 0)
})

test('RetransmissionServer leaves honest clients theirs when greedy ones draw all they can', () => {
  const limits = {
    ...{ clientBytesPerSecond: 100_000, clientBurstBytes: 200_000, maxReplyDatagrams: 16 },
    ...{ totalBytesPerSecond: 250_000, totalBurstBytes: 250_000 },
  }
  const { writer, ask } = bench('raw', limits)
  fill(writer, 10_000)
  let asked = 0
  let answered = 0
  for (let nowMs = 0; nowMs < 10_000; nowMs++) {
    const nowNs = nowMs * 1e6
    for (let greedy = 0; greedy < 8; greedy++) ask({ count: 0xfffe }, `greedy ${greedy}`, nowNs)
    // One datagram's worth ten times a second each, once the greedy have used up the burst.
    if (nowMs % 100 !== 50 || nowMs < 2000) continue
    for (let honest = 0; honest < 7; honest++) {
      asked++
      if (ask({ count: 45 }, `honest ${honest}`, nowNs).length > 0) answered++
    }
  }
  assert.equal(answered, asked, `${answered} of ${asked} honest requests drew a response`)
})

test('RetransmissionServer remembers so many clients, and nobody who asks for nothing there is', () => {
  const { server, writer, ask } = bench('moldudp64', { maxClients: 8 })
  fill(writer, 10)
  for (let i = 0; i < 100; i++) ask({ sequence: i % 2 === 0 ? 0n : 11n }, `liar ${i}`)
  assert.equal(server.clients, 0)
  for (let i = 0; i < 100; i++) ask({}, `client ${i}`)
  assert.equal(server.clients, 8)
})

test('RetransmissionServer in raw goes by the low 32 bits, which are all that a client sees', () => {
  const { writer, ask, refused } = bench('raw', {}, 2 ** 32 - 5)
  fill(writer, 10)
  const wrapped = [...range(2 ** 32 - 5, 5), ...range(0, 5)]
  assert.deepEqual(sequences(ask({ sequence: 2n ** 32n - 5n, count: 50 })), wrapped)
  assert.deepEqual(sequences(ask({ sequence: 2n, count: 50 })), [2, 3, 4])
  assert.deepEqual(sequences(ask({ sequence: 2n ** 32n + 2n, count: 50 })), [2, 3, 4])
  assert.deepEqual(ask({ sequence: 5n }), [])
  assert.deepEqual(ask({ sequence: 2n ** 32n - 6n }), [])
  assert.deepEqual(refused(), { notYet: 1, gone: 1 })
})

test('planRetransmissionLimits refuses a limit that is none', () => {
  const wrong: Partial<RetransmissionLimits>[] = [
    { maxPayloadBytes: 10 },
    { maxPayloadBytes: 70_000 },
    { maxReplyDatagrams: 0 },
    { clientBytesPerSecond: Number.NaN },
    { clientBurstBytes: 1399 },
    { clientMessagesPerSecond: 5 } as Partial<RetransmissionLimits>,
    { totalBytesPerSecond: Number.POSITIVE_INFINITY },
    { totalBurstBytes: 1399 },
    { maxClients: -1 },
  ]
  for (const limits of wrong) {
    assert.throws(
      () => planRetransmissionLimits(limits),
      (error) => error instanceof TickwireError && error.code === 'TW_BAD_OPTION',
    )
  }
})

const sessions = fc.oneof(
  { weight: 8, arbitrary: fc.constant(SESSION) },
  { weight: 1, arbitrary: fc.constantFrom('', 'SESSION1', '\0') },
)
const wanted = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, 60n) },
  { weight: 1, arbitrary: fc.bigInt(0n, 2n ** 64n - 1n) },
)
const requests = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({ session: sessions, sequence: wanted, count: fc.integer({ min: 0, max: 0xffff }) })
      .map((request): Uint8Array => requestBytes(request)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 20, maxLength: 20 }) },
)
const traffic = fc.array(
  fc.record({
    request: requests,
    client: fc.integer({ min: 0, max: 9 }),
    afterNs: fc.integer({ min: -1000, max: NS / 50 }),
    appended: fc.integer({ min: 0, max: 20 }),
    skipped: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { arbitrary: fc.nat(9), weight: 1 },
    ),
  }),
  { minLength: 1, maxLength: 60 },
)

for (const framing of RESPONSE_FRAMINGS) {
  test(`RetransmissionServer survives any requests in ${framing}, within its bounds`, () => {
    const limits = {
      maxPayloadBytes: 200,
      maxReplyDatagrams: 4,
      clientBytesPerSecond: 2_000,
      clientBurstBytes: 600,
      totalBytesPerSecond: 5_000,
      totalBurstBytes: 3_000,
      maxClients: 7,
    }
    const seen = new Set<string>()
    fc.assert(
      fc.property(traffic, (arrivals) => {
        const { server, writer, counters, ask } = bench(framing, limits)
        let nowNs = 0
        let latestNs = 0
        let asked = 0
        let answered = 0
        fill(writer, 30)
        for (const { request, client, afterNs, appended, skipped } of arrivals) {
          nowNs += afterNs
          latestNs = Math.max(latestNs, nowNs)
          writer.skip(skipped)
          if (appended > 0) fill(writer, appended)
          const replies = ask(request, `client ${client}`, nowNs)
          asked++
          if (replies.length > 0) answered++
          assert.ok(replies.length <= 4)
          for (const { bytes } of replies) assert.ok(bytes.length <= 200)
          const got = sequences(replies)
          if (got.length === 0) continue
          // What is answered is what was asked for, from the first on, and each follows the one before.
          const low = Number(Buffer.from(request).readBigUInt64BE(10) % 2n ** 32n)
          assert.deepEqual(got, range(low, got.length))
          assert.ok(got.length <= Buffer.from(request).readUInt16BE(18))
        }
        let refusals = 0
        for (const reason of REFUSALS) {
          refusals += counters[RETRANSMISSION[reason]]
          if (counters[RETRANSMISSION[reason]] > 0) seen.add(reason)
        }
        assert.equal(counters[RETRANSMISSION.requests], asked)
        assert.equal(answered + refusals, asked)
        assert.ok(counters[RETRANSMISSION.bytes] <= 3_000 + (5_000 * latestNs) / NS)
        assert.ok(server.clients <= 7)
      }),
      { numRuns: 1_000 },
    )
    const reasons = REFUSALS.filter((reason) => reason !== 'tooLong')
    assert.deepEqual([...seen].sort(), [...reasons].sort(), 'every reason came up')
  })
}
