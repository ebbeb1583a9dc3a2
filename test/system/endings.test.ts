import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FeedFailure, receive, send, TickwireError } from '../../src/index.js'
import { SHARED } from '../kit/sharing.js'
import { captureFile } from './capture-file.js'
import { runTickwire } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'

const ENDPOINT = 'udp://127.0.0.1:0'

function portOf(url: string | undefined): number {
  return Number(new URL(url ?? '').port)
}

/** What a promise rejects with, if that is one of our errors. */
async function failureOf(promise: Promise<unknown>): Promise<TickwireError> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof TickwireError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'nothing went wrong' })
}

test('an async onMessage is refused before the run', async (t) => {
  const { file } = handlerModule(t, 'export default { async onMessage() {} }')
  const error = await failureOf(receive({ endpoints: ENDPOINT, handler: file }))
  assert.equal(error.code, 'TW_BAD_HANDLER')
})

test('a promise of the handler that rejects does not make the account count twice', async (t) => {
  const { file } = handlerModule(
    t,
    `export default {
       onMessage(message, sequence) { if (sequence === 5) Promise.reject(new Error('boom')) }
     }`,
  )
  const feed = await receive({
    ...SHARED,
    endpoints: ENDPOINT,
    handler: file,
    slots: 16,
    whenFull: 'drop-newest',
    workNs: 100_000,
    idleExitMs: 1500,
  })
  const transmission = await send({ endpoint: feed.endpoints[0], count: 2000, rate: 0 })
  await transmission.finished
  const error = await failureOf(feed.finished)
  assert.ok(error instanceof FeedFailure)
  assert.equal(error.report.ledger.expected, 2000)
  assert.equal(error.report.ledger.balanced, true)
})

for (const handlerThread of ['own', 'inline'] as const) {
  test(`an onGap that throws ends the run with its report, ${handlerThread}`, async (t) => {
    const { file } = handlerModule(
      t,
      `export default { onMessage() {}, onGap() { throw new Error('gap boom') } }`,
    )
    const feed = await receive({
      ...SHARED,
      endpoints: ENDPOINT,
      handler: file,
      handlerThread,
      count: 10,
      idleExitMs: 1500,
    })
    const socket = await openSocket(t)
    const port = portOf(feed.endpoints[0])
    await socket.send(rawDatagram(0), port)
    await socket.send(rawDatagram(3), port)
    const error = await failureOf(feed.finished)
    assert.ok(error instanceof FeedFailure)
    assert.equal(error.code, 'TW_HANDLER_THREW')
    assert.match(error.message, /gap boom/)
    assert.equal(error.report.ledger.balanced, true)
  })

  test(`a start that fails leaves its port free, ${handlerThread}`, async (t) => {
    const { file } = handlerModule(
      t,
      `export default { onMessage() {}, onStart() { throw new Error('start boom') } }`,
    )
    const free = await receive({ ...SHARED, endpoints: ENDPOINT, handler: null })
    const endpoints = free.endpoints
    await free.stop()
    const error = await failureOf(receive({ ...SHARED, endpoints, handler: file, handlerThread }))
    assert.equal(error.code, 'TW_HANDLER_THREW')
    const feed = await receive({ ...SHARED, endpoints, handler: null })
    await feed.stop()
  })

  test(`a stop accounts for what the kernel still holds, ${handlerThread}`, async () => {
    const feed = await receive({
      ...SHARED,
      endpoints: ENDPOINT,
      handler: null,
      handlerThread,
      workNs: 5_000_000,
    })
    const transmission = await send({ endpoint: feed.endpoints[0], count: 4000, rate: 0 })
    await transmission.finished
    const { ledger } = await feed.stop()
    assert.equal(ledger.expected, 4000)
    assert.equal(ledger.balanced, true)
  })
}

test('the portable transport stops while a feed flows', async () => {
  const feed = await receive({ endpoints: ENDPOINT, handler: null, transport: 'portable' })
  const transmission = await send({ endpoint: feed.endpoints[0], count: 1_000_000, rate: 2000 })
  while (feed.stats().delivered < 100) await new Promise((resolve) => setImmediate(resolve))
  const report = await feed.stop()
  const sent = await transmission.stop()
  assert.ok((sent.messages ?? 0) < 1_000_000)
  assert.equal(report.ledger.lost.ring, 0)
  assert.equal(report.ledger.balanced, true)
})

test('junk beside a known total takes nothing from it', async (t) => {
  const feed = await receive({ ...SHARED, endpoints: ENDPOINT, handler: null, count: 100 })
  const socket = await openSocket(t)
  const port = portOf(feed.endpoints[0])
  for (let sequence = 0; sequence < 100; sequence++) {
    await socket.send(rawDatagram(sequence), port)
    if (sequence % 20 === 10) await socket.send(Buffer.from('junk'), port)
  }
  const { delivered, invalidDatagrams, ledger } = await feed.finished
  assert.equal(delivered, 100)
  assert.equal(invalidDatagrams, 5)
  assert.equal(ledger.lost.invalid, 5)
  assert.equal(ledger.balanced, true)
})

test('replay refuses a destination that is not in the file, and lists those that are', async (t) => {
  const file = join(temporaryFolder(t), 'one.pcap')
  writeFileSync(file, captureFile([{ payload: rawDatagram(0), address: '10.0.0.1', port: 4000 }]))
  const { exitCode, stderr } = await runTickwire(t, ['replay', file, '--from', '10.9.9.9:99'])
  assert.equal(exitCode, 2)
  assert.match(stderr, /there are: 10\.0\.0\.1:4000/)
})

test('receive refuses a histogram file that it cannot write before it starts', async (t) => {
  const { exitCode, stderr } = await runTickwire(t, ['receive', '--histogram', '/nowhere/at/all'])
  assert.equal(exitCode, 1)
  assert.match(stderr, /error TW_FILE_NOT_FOUND/)
})

test('receive refuses a ring that does not fit in memory', async (t) => {
  const args = ['receive', '--slots', '1048576', '--slot-bytes', '65536']
  const { exitCode, stderr } = await runTickwire(t, args)
  assert.equal(exitCode, 2)
  assert.match(stderr, /error TW_BAD_OPTION/)
})
