import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receive } from '../../src/index.js'
import { SHARED } from '../kit/sharing.js'
import { noMapped, sendRaw } from '../transport/mapped-reading.js'
import { udpPacket } from '../transport/packets.js'
import { moldDatagram } from '../wire/datagrams.js'
import { openSocket, rawDatagram } from './datagrams.js'

const LOCALHOST = '127.0.0.1'
const ANY = `udp://${LOCALHOST}:0`
const WRONG = 100
const skip = noMapped()

/** Datagrams whose checksum the kernel finds out only when they are read: longer than 76 bytes. */
function sendWrong(port: number): void {
  const packet = udpPacket({
    from: LOCALHOST,
    to: LOCALHOST,
    port,
    payload: rawDatagram(1000, 7),
    checksum: 0x1234,
  })
  for (let sent = 0; sent < WRONG; sent += 50) {
    sendRaw(
      LOCALHOST,
      Array.from({ length: 50 }, () => packet),
    )
  }
}

for (const handlerThread of ['own', 'inline'] as const) {
  test(`wrong checksums behind the last datagram are no losses, ${handlerThread}`, {
    skip,
  }, async (t) => {
    const feed = await receive({
      ...{ ...SHARED, endpoints: ANY, handler: null, handlerThread, idleExitMs: 300 },
    })
    const port = Number(new URL(feed.endpoints[0] ?? '').port)
    const socket = await openSocket(t)
    for (let first = 0; first < 70; first += 7) await socket.send(rawDatagram(first, 7), port)
    sendWrong(port)
    const { ledger, lines } = await feed.finished
    const what = JSON.stringify([ledger, lines])
    assert.deepEqual([ledger.expected, ledger.delivered, ledger.lost.total], [70, 70, 0], what)
    assert.equal(ledger.balanced, true)
  })
}

test('wrong checksums after the end of a session are no losses', { skip }, async (t) => {
  const feed = await receive({
    ...SHARED,
    endpoints: ANY,
    handler: null,
    framing: 'moldudp64',
    idleExitMs: 800,
  })
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  const socket = await openSocket(t)
  for (let sequence = 1; sequence <= 10; sequence++) {
    await socket.send(
      moldDatagram({ sequence: BigInt(sequence), messages: [rawDatagram(sequence)] }),
      port,
    )
  }
  await socket.send(moldDatagram({ sequence: 11n, messages: [], count: 0xffff }), port)
  sendWrong(port)
  const { ledger } = await feed.finished
  assert.deepEqual([ledger.expected, ledger.delivered, ledger.lost.total], [10, 10, 0])
})
