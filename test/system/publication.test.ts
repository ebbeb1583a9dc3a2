import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  BACK_PRESSURED,
  BAD_LENGTH,
  CLOSED,
  currentEpoch,
  MARKET_DATA_BYTES,
  MarketDataView,
  NOT_CONNECTED,
  type Publication,
  publish,
  receive,
  TickwireError,
} from '../../src/index.js'
import { SHARED } from '../kit/sharing.js'
import { openSocket } from './datagrams.js'

const skip = process.platform === 'linux' ? false : 'the socket transport needs Linux'

function message(): MarketDataView {
  const view = new MarketDataView(currentEpoch())
  view.wrap(new DataView(new ArrayBuffer(MARKET_DATA_BYTES + 3)), 3, MARKET_DATA_BYTES)
  view.side = 3
  return view
}

/** Offers until it is taken; the event loop turns meanwhile. */
async function offerUntilTaken(publication: Publication, one: MarketDataView | Uint8Array) {
  for (;;) {
    const position = publication.offer(one)
    if (position >= 0) return position
    assert.ok(position === BACK_PRESSURED || position === NOT_CONNECTED, `${position}`)
    await nextTurn()
  }
}

test('offer() gives each message its sequence, across the wrap of the wire, under credit', {
  skip,
}, async () => {
  const count = 5000
  const firstSequence = 2 ** 32 - count / 2
  const feed = await receive({
    ...SHARED,
    endpoints: 'udp://127.0.0.1:0',
    ...{ flow: 'credit', slots: 64, whenFull: 'drop-newest', count },
  })
  const options = { messagesPerDatagram: 7, firstSequence, flow: 'credit' } as const
  const publication = await publish({ endpoint: feed.endpoints[0], ...options })
  const one = message()
  const publishing = (async () => {
    for (let i = 0; i < count; i++) {
      one.instrument = i
      assert.equal(await offerUntilTaken(publication, one), firstSequence + i)
    }
    return publication.close()
  })()
  let next = 0
  for await (const batch of feed) {
    while (batch.next()) {
      const view = batch.message as MarketDataView
      assert.equal(view.instrument, next)
      assert.equal(view.sequence, (firstSequence + next) % 2 ** 32)
      assert.equal(batch.sequence, firstSequence + next)
      // Stamped when it was sent, some moments ago.
      assert.ok(Math.abs(Number(view.timestampNs) / 1e6 - Date.now()) < 60_000)
      next += 1
    }
  }
  const { ledger } = await feed.finished
  const report = await publishing
  assert.deepEqual([next, ledger.delivered, ledger.lost.total], [count, count, 0])
  assert.deepEqual([report.messages, report.publication.offered], [count, count])
  assert.equal(report.garbageCollections, 0)
  assert.deepEqual([report.publication.unsent, report.payloadBytes], [0, count * 29])
})

test('offer() takes messages of any length with moldudp64, and sends them as they are', {
  skip,
}, async () => {
  const options = { framing: 'moldudp64', session: 'MINE' } as const
  const feed = await receive({
    ...{ ...SHARED, endpoints: 'udp://127.0.0.1:0', ...options, count: 40 },
  })
  const publication = await publish({
    endpoint: feed.endpoints[0],
    ...{ ...options, messageBytes: 40, messagesPerDatagram: 3, lingerMs: 0 },
  })
  for (let i = 1; i <= 40; i++) {
    assert.equal(publication.offer(new Uint8Array(i).fill(i)), i)
  }
  assert.equal(publication.offer(new Uint8Array(41)), BAD_LENGTH)
  assert.equal(publication.offer(new Uint8Array(0)), BAD_LENGTH)
  let seen = 0
  for await (const batch of feed) {
    while (batch.next()) {
      seen += 1
      const { length, bytes, offset } = batch.message
      assert.deepEqual([length, bytes.getUint8(offset + length - 1)], [seen, seen])
    }
  }
  const report = await publication.close()
  assert.deepEqual([seen, report.messages, report.publication.badLength], [40, 40, 2])
  assert.equal(report.endedBy, 'end-of-session')
  assert.equal(report.payloadBytes, (40 * 41) / 2 + 40 * 2 + report.datagrams * 20)
})

test('offer() never waits: NOT_CONNECTED, BACK_PRESSURED, CLOSED, and counts them', {
  skip,
}, async (t) => {
  const { port } = await openSocket(t)
  const alone = await publish({ endpoint: `udp://127.0.0.1:${port}`, flow: 'credit' })
  assert.equal(alone.offer(message()), NOT_CONNECTED)
  assert.equal(alone.connected, false)
  assert.equal((await alone.close()).publication.notConnected, 1)
  assert.equal(alone.offer(message()), CLOSED)

  // Nobody iterates: the receiver's handling side stands still, and the window is used up.
  const feed = await receive({
    ...{ ...SHARED, endpoints: 'udp://127.0.0.1:0', flow: 'credit', window: 10 },
  })
  const publication = await publish({ endpoint: feed.endpoints[0], flow: 'credit', slots: 16 })
  t.after(async () => {
    await publication.stop()
    await feed.stop()
  })
  const iterator = feed[Symbol.asyncIterator]()
  // The first batches may hold nothing but setups.
  const first = (async () => {
    for (;;) {
      const { value } = await iterator.next()
      if (value === undefined || value.next()) return
    }
  })()
  await offerUntilTaken(publication, message())
  await first
  let taken = 1
  let turnedAway = 0
  for (;;) {
    const position = publication.offer(message())
    if (position >= 0) taken += 1
    else {
      assert.equal(position, BACK_PRESSURED)
      turnedAway += 1
      // Until the ring is full because the window is, and not because the sender has no core.
      if (publication.stats().flow?.heldBy === 'credit') break
      await nextTurn()
    }
  }
  assert.ok(taken <= 1 + 10 + 16, `${taken} taken`)
  const { publication: counts } = publication.stats()
  assert.deepEqual([counts.offered, counts.backPressured], [taken, turnedAway])
  const report = await publication.stop()
  assert.equal(report.endedBy, 'abort')
  assert.ok((report.messages ?? 0) <= 11)
  assert.equal(report.publication.unsent, taken - (report.messages ?? 0))
  assert.equal(publication.offer(message()), CLOSED)
  await iterator.return?.()
  await feed.stop()
})

test('publish() refuses what it cannot send', async () => {
  const refused = [
    { messageBytes: 30 },
    { framing: 'moldudp64', messageBytes: 65_486 },
    { framing: 'moldudp64', messageBytes: 1000, messagesPerDatagram: 66 },
    { framing: 'moldudp64', firstSequence: 0 },
    { slots: 1000 },
    { flowGroup: 'max' },
  ] as const
  for (const options of refused) {
    await assert.rejects(
      publish(options),
      (error: unknown) => error instanceof TickwireError && error.code === 'TW_BAD_OPTION',
      JSON.stringify(options),
    )
  }
})
