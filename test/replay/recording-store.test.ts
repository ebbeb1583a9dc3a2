import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRetransmissionCounters } from '../../src/account/retransmission-counters.js'
import { RecordingStore } from '../../src/replay/recording-store.js'
import { planRetransmissionLimits } from '../../src/retransmit/limits.js'
import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import { RetransmissionServer } from '../../src/retransmit/server.js'
import { createRetransmitStore, MIN_STORE_BYTES } from '../../src/retransmit/store-layout.js'
import { readReply, requestBytes } from '../retransmit/retransmission-datagrams.js'
import { iexTpDatagram, moldDatagram } from '../wire/datagrams.js'

const text = (one: string) => Buffer.from(one)

/** A recording's store, and what a request for all from a sequence on draws. */
function recording(framing: ResponseFraming) {
  const buffer = createRetransmitStore(MIN_STORE_BYTES)
  const store = new RecordingStore(buffer, framing, undefined)
  const server = new RetransmissionServer({
    store: buffer,
    framing,
    limits: planRetransmissionLimits({}, framing),
    counters: createRetransmissionCounters(),
  })
  const session = framing === 'iex-tp' ? '7' : 'TEST'
  return {
    store,
    request(sequence: number): string[] {
      const request = requestBytes({ session, sequence: BigInt(sequence), count: 100 })
      if (!server.open(request, 'client', 0)) return []
      const response = server.response.slice(0, server.responseBytes)
      return readReply(framing, response).messages.map(String)
    },
  }
}

/** A datagram with one message for each word. */
function datagram(framing: ResponseFraming, sequence: number, ...words: string[]): Uint8Array {
  const parts = { sequence: BigInt(sequence), messages: words.map(text) }
  return framing === 'iex-tp' ? iexTpDatagram({ ...parts, session: 7 }) : moldDatagram(parts)
}

for (const framing of ['iex-tp', 'moldudp64'] as const) {
  test(`RecordingStore never answers with the bytes of an earlier run, ${framing}`, () => {
    const { store, request } = recording(framing)
    for (let i = 1; i <= 40; i++) store.add(datagram(framing, i, `old ${i}`))
    assert.deepEqual(request(40), ['old 40'])
    store.add(datagram(framing, 1, 'new 1', 'new 2'))
    assert.deepEqual(request(1), ['new 1', 'new 2'])
    assert.deepEqual(request(3), [], 'the first run had a third message, this one has none yet')
    store.add(datagram(framing, 3, 'new 3'))
    assert.deepEqual(request(1), ['new 1', 'new 2', 'new 3'])
  })

  test(`RecordingStore sees another run whose beginning was not recorded, ${framing}`, () => {
    const { store, request } = recording(framing)
    for (let i = 1; i <= 40; i++) store.add(datagram(framing, i, `old ${i}`))
    store.add(datagram(framing, 17, 'new 17'))
    assert.deepEqual(request(17), ['new 17'])
    assert.deepEqual(request(16), [])
    assert.deepEqual(request(18), [])
  })

  test(`RecordingStore takes a second line and late datagrams for what they are, ${framing}`, () => {
    const { store, request } = recording(framing)
    for (let i = 1; i <= 20; i++) {
      store.add(datagram(framing, i, `one ${i}`))
      if (i > 5) store.add(datagram(framing, i - 5, `one ${i - 5}`))
    }
    assert.equal(store.stored, 20)
    assert.equal(request(1).length, 20)
  })
}

test('RecordingStore keeps the protocol and channel that came first', () => {
  const { store, request } = recording('iex-tp')
  store.add(datagram('iex-tp', 1, 'tops 1'))
  const deep = datagram('iex-tp', 1, 'deep 1', 'deep 2')
  deep[2] = 4
  store.add(deep)
  store.add(datagram('iex-tp', 2, 'tops 2'))
  assert.equal(store.otherStreams, 1)
  assert.deepEqual(request(1), ['tops 1', 'tops 2'])
})
