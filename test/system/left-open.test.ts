import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { receive, send } from '../../src/index.js'
import type { ReceiveOptions } from '../../src/run/options/receive-options.js'
import { freePort } from '../kit/ports.js'
import { SHARED } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { noMapped } from '../transport/mapped-reading.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { handlerModule } from './handler-modules.js'
import { mappedSockets, openPipes, openSockets } from './open-resources.js'

const ANY = 'udp://127.0.0.1:0'
const noLinux = process.platform === 'linux' ? false : 'open descriptors are listed by Linux only'

const AT_FIRST = (action: string) => `export default { onMessage() { ${action} } }`
/** What ends a handler's thread, each in its own way. */
const ENDINGS = {
  'throws in onMessage': AT_FIRST(`throw new Error('boom')`),
  'calls process.exit': AT_FIRST('process.exit(0)'),
  'blocks for ever': AT_FIRST('for (;;);'),
  'throws in onStart': `export default { onStart() { throw new Error('boom') }, onMessage() {} }`,
  'cannot be imported': `import 'nothing-of-this-name'`,
  'ends well': AT_FIRST(''),
}
type Ending = keyof typeof ENDINGS
/** A retransmission server that is not there, and flow control: two descriptors more. */
const UPSTREAM: ReceiveOptions = { recover: 'udp://127.0.0.1:9', flow: 'credit' }
const ALL = Object.keys(ENDINGS) as Ending[]
const WAYS: readonly (readonly [string, ReceiveOptions, readonly Ending[]])[] = [
  ['mapped', { transport: 'mapped' }, ALL],
  [
    'inline',
    { transport: 'socket', handlerThread: 'inline', ...UPSTREAM },
    ['throws in onMessage', 'calls process.exit', 'cannot be imported', 'ends well'],
  ],
  [
    'socket',
    { transport: 'socket', ...UPSTREAM },
    ['calls process.exit', 'throws in onStart', 'ends well'],
  ],
]

/** Runs a feed to whatever end it takes. */
async function runToItsEnd(t: TestContext, source: string, options: ReceiveOptions): Promise<void> {
  const { file } = handlerModule(t, source)
  try {
    const feed = await receive({ ...SHARED, endpoints: ANY, handler: file, ...options })
    const port = Number(new URL(feed.endpoints[0] ?? '').port)
    const { socket, send: sendDatagram } = await openSocket(t)
    await sendDatagram(rawDatagram(0), port)
    while (feed.stats().messages === 0) await sleep(5)
    socket.close()
    await feed.stop()
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error, String(error))
  }
}

for (const ending of ALL.filter((how) => how !== 'blocks for ever')) {
  test(`the pipe that a parked handler sleeps on is closed when it ${ending}`, {
    skip: noLinux,
  }, async (t) => {
    const before = openPipes()
    await runToItsEnd(t, ENDINGS[ending], { transport: 'socket', idle: 'park' })
    // Not before the last thread is gone, which nobody waits for.
    await until('the pipe is closed', () => openPipes().length === before.length)
    assert.deepEqual(openPipes(), before)
  })
}

test('a handler that parks sleeps on a pipe, and one that spins has none', {
  skip: noLinux,
}, async () => {
  const pipesWhile = async (idle: ReceiveOptions['idle']) => {
    const feed = await receive({ endpoints: ANY, handler: null, transport: 'socket', idle })
    const { length } = openPipes()
    await feed.stop()
    return length
  }
  const before = openPipes().length
  // Threads of Node's have pipes of their own.
  const spinning = await pipesWhile('spin')
  await until('the threads are gone', () => openPipes().length === before)
  assert.equal(await pipesWhile('park'), spinning + 2, 'both ends')
})

for (const [way, options, endings] of WAYS) {
  for (const ending of endings) {
    const skip = way === 'mapped' ? noMapped() : noLinux
    test(`nothing is left open when a handler ${ending}, ${way}`, { skip }, async (t) => {
      const before = [openSockets(), mappedSockets()]
      await runToItsEnd(t, ENDINGS[ending], options)
      assert.deepEqual([openSockets(), mappedSockets()], before)
    })
  }
}

test('nothing is left open when one of two lines cannot be bound', { skip: noLinux }, async () => {
  // Each alone could be bound: only its thread finds out.
  const port = await freePort()
  const endpoints = [`udp://127.0.0.1:${port}`, `udp://0.0.0.0:${port}`]
  const before = [openSockets(), mappedSockets()]
  const ways: ReceiveOptions[] = [
    { transport: 'socket' },
    { transport: 'socket', handler: null, handlerThread: 'inline' },
    ...(noMapped() === false ? [{ transport: 'mapped', handler: null } as const] : []),
    { transport: 'portable' },
  ]
  for (const options of ways) {
    await assert.rejects(receive({ ...options, endpoints }), { code: 'TW_PORT_IN_USE' })
    assert.deepEqual([openSockets(), mappedSockets()], before, options.transport)
  }
})

test('a port that is taken is refused before any thread starts', { skip: noLinux }, async (t) => {
  const { port } = await openSocket(t)
  const before = [openSockets(), mappedSockets()]
  let threads = 0
  const count = () => threads++
  process.on('worker', count)
  t.after(() => process.off('worker', count))
  for (const transport of ['socket', 'mapped'] as const) {
    const endpoints = [ANY, `udp://127.0.0.1:${port}`]
    await assert.rejects(receive({ endpoints, transport, handler: null }), {
      code: 'TW_PORT_IN_USE',
    })
    assert.deepEqual([openSockets(), mappedSockets()], before, transport)
  }
  assert.equal(threads, 0)
})

test('nothing is left open when a group cannot be joined', { skip: noLinux }, async () => {
  const before = [openSockets(), mappedSockets()]
  for (const transport of ['socket', 'mapped', 'portable'] as const) {
    if (transport === 'mapped' && noMapped() !== false) continue
    const endpoints = 'udp://239.255.7.7:0?interface=203.0.113.7'
    await assert.rejects(receive({ endpoints, transport, handler: null }), {
      code: 'TW_NO_SUCH_INTERFACE',
    })
    assert.deepEqual([openSockets(), mappedSockets()], before, transport)
  }
})

test('nothing is left open when the caller iterates and leaves', { skip: noLinux }, async (t) => {
  const before = [openSockets(), mappedSockets()]
  const feed = await receive({ ...SHARED, endpoints: ANY, ...UPSTREAM })
  const { socket, send: sendDatagram } = await openSocket(t)
  await sendDatagram(rawDatagram(0), Number(new URL(feed.endpoints[0] ?? '').port))
  socket.close()
  for await (const _ of feed) break
  await feed.stop()
  assert.deepEqual([openSockets(), mappedSockets()], before)
})

test('nothing is left open when a sender ends, or is refused', { skip: noLinux }, async () => {
  const before = openSockets()
  const transmission = await send({ endpoint: 'udp://127.0.0.1:9', count: 100, rate: 0 })
  await transmission.finished
  assert.deepEqual(openSockets(), before)
  const lines = ['udp://127.0.0.1:9', 'udp://239.1.1.1:9?interface=203.0.113.7']
  await assert.rejects(send({ endpoint: lines, count: 1 }), { code: 'TW_NO_SUCH_INTERFACE' })
  assert.deepEqual(openSockets(), before)
})

test('a program that a handler starts inherits no socket', { skip: noLinux }, async (t) => {
  const { file, written } = handlerModule(
    t,
    `import { spawn } from 'node:child_process'
     let child
     export default {
       onMessage() { child ??= spawn('sleep', ['60'], { stdio: 'ignore' }) },
       onStop() { write(child.pid) },
     }`,
  )
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: file, ...UPSTREAM })
  const { socket, send: sendDatagram } = await openSocket(t)
  await sendDatagram(rawDatagram(0), Number(new URL(feed.endpoints[0] ?? '').port))
  socket.close()
  while (feed.stats().delivered === 0) await sleep(5)
  await feed.stop()
  const pid = written<number>()
  t.after(() => process.kill(pid, 'SIGKILL'))
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
  assert.deepEqual(
    targets.filter((target) => target.startsWith('socket:')),
    [],
  )
})
