import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FeedFailure, receive, send, TickwireError } from '../../src/index.js'
import type { ReceiveOptions } from '../../src/run/options/receive-options.js'
import { SHARED } from '../kit/sharing.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { openSockets } from './open-resources.js'

const ANY = 'udp://127.0.0.1:0'
const noLinux = process.platform === 'linux' ? false : 'the socket transport needs Linux'
/** What brings a warning: the kernel grants less. */
const WARNED: ReceiveOptions = { endpoints: ANY, receiveBufferBytes: 2 ** 30, handler: null }

const boom = () => {
  throw new Error('boom')
}
const rejecting = async () => boom()

function callbackThrew(name: string) {
  return (error: unknown) => {
    assert.ok(error instanceof TickwireError, String(error))
    assert.equal(error.code, 'TW_CALLBACK_THREW')
    assert.match(error.message, new RegExp(`${name} threw: boom\\.`))
    return true
  }
}

/** The failure with which a feed ends by itself. */
async function failureOf(finished: Promise<unknown>): Promise<FeedFailure> {
  const error = await finished.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof FeedFailure, String(error))
  return error
}

test('an onWarning that throws refuses a receiver, and leaves nothing open', {
  skip: noLinux,
}, async () => {
  const before = openSockets()
  await assert.rejects(receive({ ...WARNED, onWarning: boom }), callbackThrew('onWarning'))
  assert.deepEqual(openSockets(), before)
})

test('an onWarning whose promise rejects ends a receiver', { skip: noLinux }, async () => {
  const feed = await receive({ ...WARNED, onWarning: rejecting })
  const error = await failureOf(feed.finished)
  callbackThrew('onWarning')(error)
  assert.equal(error.report.ledger.balanced, true)
})

for (const [kind, onAlarm] of [
  ['throws', boom],
  ['rejects', rejecting],
] as const) {
  test(`an onAlarm that ${kind} ends a receiver with its report`, { skip: noLinux }, async (t) => {
    let calls = 0
    const feed = await receive({
      ...SHARED,
      endpoints: ANY,
      handler: null,
      staleMs: 50,
      onAlarm: () => {
        calls += 1
        return onAlarm()
      },
    })
    const socket = await openSocket(t)
    await socket.send(rawDatagram(0), Number(new URL(feed.endpoints[0] ?? '').port))
    const error = await failureOf(feed.finished)
    callbackThrew('onAlarm')(error)
    assert.equal(error.report.delivered, 1)
    assert.equal(calls, 1)
  })
}

test('a listener that throws ends an iteration at once', { skip: noLinux }, async (t) => {
  for (const name of ['onGap', 'onStatus'] as const) {
    const feed = await receive({
      ...SHARED,
      endpoints: ANY,
      [name]: boom,
      staleMs: name === 'onStatus' ? 50 : undefined,
    })
    const socket = await openSocket(t)
    const port = Number(new URL(feed.endpoints[0] ?? '').port)
    for (const sequence of [0, 1, 500, 501, 502, 503]) {
      await socket.send(rawDatagram(sequence), port)
    }
    const iteration = (async () => {
      for await (const batch of feed) while (batch.next());
    })()
    await assert.rejects(iteration, callbackThrew(name))
    const error = await failureOf(feed.finished)
    assert.equal(error.report.ledger.balanced, true)
  }
})

test('a second iteration beside the first is an error, and the first goes on', async (t) => {
  const feed = await receive({ ...SHARED, endpoints: ANY, count: 3 })
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  await socket.send(rawDatagram(0), port)
  let delivered = 0
  for await (const batch of feed) {
    if (delivered === 0) {
      const second = feed[Symbol.asyncIterator]()
      await assert.rejects(second.next(), { code: 'TW_BAD_OPTION' })
      await socket.send(rawDatagram(1, 2), port)
    }
    while (batch.next()) delivered += 1
  }
  assert.equal(delivered, 3)
})

for (const [kind, onWarning] of [
  ['throws', boom],
  ['rejects', rejecting],
] as const) {
  test(`an onWarning that ${kind} ends a sender, and leaves nothing open`, {
    skip: noLinux,
  }, async (t) => {
    const { port, send: sendDatagram } = await openSocket(t)
    const before = openSockets()
    const transmission = await send({
      endpoint: `udp://127.0.0.1:${port}`,
      framing: 'moldudp64',
      count: 10,
      rate: 0,
      retransmit: ANY,
      lingerMs: 60_000,
      cpu: null,
      onWarning,
    })
    // More requests than anybody needs are a warning.
    const server = Number(new URL(transmission.retransmitEndpoint ?? '').port)
    let over = false
    const ended = assert.rejects(transmission.finished, callbackThrew('onWarning')).finally(() => {
      over = true
    })
    while (!over) {
      for (let i = 0; i < 100; i++) await sendDatagram(Buffer.alloc(20), server)
      await sleep(5)
    }
    await ended
    assert.deepEqual(openSockets(), before)
  })
}
