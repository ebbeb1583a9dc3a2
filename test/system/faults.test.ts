import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { iexTpDatagram, moldDatagram } from '../wire/datagrams.js'
import {
  onlyObject,
  receiveReport,
  runSender,
  runTickwire,
  startReceiver,
  tickwire,
} from './cli.js'
import { openSocket, portIsFree, rawDatagram } from './datagrams.js'
import { handlerModule } from './handler-modules.js'
import { openFlood } from './peers.js'

/** What `--json` prints of a run that did not begin. */
interface Failure {
  readonly error: { readonly code: string }
}

const ANY = 'udp://127.0.0.1:0'
/** TEST-NET-1 (RFC 5737): no machine has it. */
const NOT_LOCAL = 'udp://192.0.2.1:45678'
const NO_CPU = '8000'
/** A pause of a starved sender is shorter. */
const IDLE_MS = '1500'
const isLinux = process.platform === 'linux'
const noLinux = isLinux ? false : 'pinning and the socket transport need Linux'

const flood = await openFlood()

for (const transport of ['socket', 'portable']) {
  const skip = transport === 'socket' ? noLinux : false

  test(`a taken port is an error with its remedy, ${transport}`, { skip }, async (t) => {
    const { port } = await openSocket(t)
    const result = await runTickwire(t, [
      ...['receive', `udp://127.0.0.1:${port}`, '--transport', transport, '--json'],
    ])
    assert.equal(result.exitCode, 1)
    assert.equal(onlyObject<Failure>(result).error.code, 'TW_PORT_IN_USE')
    assert.match(result.stderr, new RegExp(`^error TW_PORT_IN_USE: .*${port}.*\\. \\w+`, 'm'))
  })

  test(`a second receiver on one port is refused, ${transport}`, { skip }, async (t) => {
    const first = await startReceiver(t, [ANY, '--transport', transport, '--count', '3', '--json'])
    const endpoint = first.endpoints[0] ?? ''
    const second = await runTickwire(t, ['receive', endpoint, '--transport', transport])
    assert.equal(second.exitCode, 1)
    assert.match(second.stderr, /^error TW_PORT_IN_USE: /m)
    await runSender(t, [endpoint, '--count', '3'])
    assert.equal((await receiveReport(first.process)).delivered, 3)
  })

  test(`an address that is not local is an error, ${transport}`, { skip }, async (t) => {
    const { exitCode, stderr } = await runTickwire(t, [
      ...['receive', NOT_LOCAL, '--transport', transport],
    ])
    assert.equal(exitCode, 1)
    assert.match(stderr, /^error TW_ADDRESS_NOT_LOCAL: .*192\.0\.2\.1/m)
  })
}

test('one taken port of two lines ends the whole receiver', { skip: noLinux }, async (t) => {
  const { port } = await openSocket(t)
  const { exitCode, stderr } = await runTickwire(t, ['receive', ANY, `udp://127.0.0.1:${port}`])
  assert.equal(exitCode, 1)
  assert.match(stderr, /^error TW_PORT_IN_USE: /m)
})

test('a CPU that is not there is an error that lists those that are', {
  skip: noLinux,
}, async (t) => {
  const commands = [
    ['receive', ANY, '--cpu', NO_CPU],
    ['receive', ANY, '--handler-cpu', NO_CPU],
    ['send', 'udp://127.0.0.1:45678', '--cpu', NO_CPU],
  ]
  for (const command of commands) {
    const result = await runTickwire(t, [...command, '--json'])
    const { exitCode, stderr } = result
    assert.equal(exitCode, 1, command.join(' '))
    assert.equal(onlyObject<Failure>(result).error.code, 'TW_NO_SUCH_CPU')
    assert.match(stderr, /^error TW_NO_SUCH_CPU: .*8000.*\b0\b/m)
  }
})

test('a slot count that is no power of two is wrong usage', async (t) => {
  const { exitCode, stderr } = await runTickwire(t, ['receive', ANY, '--slots', '1000'])
  assert.equal(exitCode, 2)
  assert.match(stderr, /^error TW_BAD_OPTION: .*1000.*power of two/im)
})

test('a receive buffer that the kernel cuts is a warning with the sysctl line', {
  skip: noLinux,
}, async (t) => {
  const asked = String(2 ** 30)
  const { process } = await startReceiver(t, [
    ...[ANY, '--receive-buffer-bytes', asked, '--duration-ms', '100', '--json'],
  ])
  const result = await process.result
  const report = onlyObject<ReceiveReport>(result)
  assert.equal(result.exitCode, 0)
  const line = `sysctl -w net.core.rmem_max=${asked}`
  assert.match(result.stderr, new RegExp(`^warning .*${line}`, 'm'))
  assert.ok(report.warnings.some((warning) => warning.includes(line)))
  assert.equal(report.receiveBufferBytes?.asked, 2 ** 30)
  assert.ok((report.receiveBufferBytes?.granted ?? 0) < 2 ** 31)
})

test('a datagram that is longer than its slot is invalid, and its neighbours arrive', async (t) => {
  const { process, port } = await startReceiver(t, [
    ...[ANY, '--slot-bytes', '64', '--idle-exit-ms', IDLE_MS, '--json'],
  ])
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0, 2), port)
  await socket.send(rawDatagram(2, 10), port)
  await socket.send(rawDatagram(12, 2), port)
  const report = await receiveReport(process)
  assert.equal(report.invalidDatagrams, 1)
  assert.equal(report.delivered, 4)
  assert.equal(report.ledger.balanced, true)
  assert.equal(report.ledger.expected, 14)
  assert.equal(report.ledger.lost.total, 10)
})

for (const framing of ['raw', 'moldudp64', 'iex-tp'] as const) {
  const datagramOf = (first: number, count: number): Uint8Array => {
    if (framing === 'raw') return rawDatagram(first, count)
    const messages = Array.from({ length: count }, () => new Uint8Array(10))
    const parts = { sequence: BigInt(first), messages }
    return framing === 'moldudp64' ? moldDatagram(parts) : iexTpDatagram(parts)
  }
  test(`messages in datagrams longer than a slot are invalid, each of them, ${framing}`, async (t) => {
    const { process, port } = await startReceiver(t, [
      ...[ANY, '--slot-bytes', '64', '--framing', framing, '--idle-exit-ms', IDLE_MS, '--json'],
    ])
    const socket = await openSocket(t)
    const initial = framing === 'raw' ? 0 : 1
    for (let nth = 0; nth < 20; nth++) await socket.send(datagramOf(initial + 10 * nth, 10), port)
    await socket.send(datagramOf(initial + 200, 1), port)
    const report = await receiveReport(process)
    assert.equal(report.invalidDatagrams, 20)
    assert.equal(report.delivered, 1)
    assert.equal(report.ledger.expected, 201)
    assert.deepEqual(report.ledger.lost, { ...report.ledger.lost, invalid: 200, total: 200 })
    assert.match(report.warnings.join(), /longer than a slot of 64 bytes/)
  })
}

for (const transport of ['socket', 'portable']) {
  const skip = transport === 'socket' ? noLinux : false
  test(`garbage of many lengths is counted, and good messages arrive, ${transport}`, {
    skip,
  }, async (t) => {
    const { process, port } = await startReceiver(t, [
      ...[ANY, '--transport', transport, '--idle-exit-ms', IDLE_MS, '--json'],
    ])
    const socket = await openSocket(t)
    const lengths = [0, 1, 7, 28, 30, 57, 59, 100, 1000, 2047, 2049, 9000, 65_507]
    let sequence = 0
    for (const length of lengths) {
      await socket.send(rawDatagram(sequence++), port)
      await socket.send(Buffer.alloc(length, 0xa5), port)
    }
    await socket.send(rawDatagram(sequence++), port)
    const result = await process.result
    const report = onlyObject<ReceiveReport>(result)
    assert.equal(result.exitCode, 0, result.stderr)
    assert.equal(report.delivered, sequence)
    assert.equal(report.invalidDatagrams, lengths.length)
    assert.equal(report.datagrams, lengths.length + sequence)
    assert.equal(report.ledger.lost.total, report.ledger.lost.invalid)
    assert.equal(report.ledger.balanced, true)
  })
}

for (const framing of ['raw', 'iex-tp']) {
  test(`random bytes never end a receiver, ${framing}`, async (t) => {
    const { process, port } = await startReceiver(t, [
      ...[ANY, '--framing', framing, '--idle-exit-ms', IDLE_MS, '--json'],
    ])
    const socket = await openSocket(t)
    const random = xorshift(2)
    for (let i = 0; i < 2000; i++) {
      const bytes = Buffer.from(Array.from({ length: random() % 200 }, () => random() & 0xff))
      await socket.send(bytes, port)
    }
    const result = await process.result
    assert.equal(result.exitCode, 0, result.stderr)
    const report = onlyObject<ReceiveReport>(result)
    assert.equal(report.datagrams, 2000)
    assert.equal(report.ledger.balanced, true)
  })
}

/** Marsaglia's generator: the same garbage in each run. */
function xorshift(seed: number): () => number {
  let x = seed
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x >>> 1
  }
}

test('a port on which nobody listens does not end a sender, which counts it', {
  skip: noLinux,
}, async (t) => {
  const { socket, port } = await openSocket(t)
  socket.close()
  const result = await runTickwire(t, [
    ...['send', `udp://127.0.0.1:${port}`, '--count', '500', '--rate', '5000', '--json'],
  ])
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<{ messages: number; unreachable: number; refused: number }>(result)
  assert.ok(report.unreachable > 0)
  assert.equal(report.messages + report.refused, 500)
})

test('a sender goes on when the receiver of its stream goes away', { skip: noLinux }, async (t) => {
  const { process: receiver, endpoints } = await startReceiver(t, [ANY, '--count', '100', '--json'])
  const sending = runSender(t, [endpoints[0] ?? '', '--count', '3000', '--rate', '2000'])
  assert.equal((await receiveReport(receiver)).delivered, 100)
  const report = await sending
  assert.equal((report.messages ?? 0) + report.refused, 3000)
  assert.ok(report.unreachable > 0)
})

test('Ctrl-C in the midst of a flood prints a balanced report', {
  skip: typeof flood === 'string' ? flood : false,
}, async (t) => {
  if (typeof flood === 'string') return
  const { file } = handlerModule(
    t,
    `import { writeSync } from 'node:fs'
     let told = false
     export default {
       onMessage() {
         if (!told) writeSync(2, 'first message\\n')
         told = true
       },
     }`,
  )
  const { process: receiver, port } = await startReceiver(t, [ANY, '--handler', file, '--json'])
  const sending = flood.send(port, 500_000)
  await receiver.line(/^first message/m)
  receiver.kill('SIGINT')
  const result = await receiver.result
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<ReceiveReport>(result)
  assert.ok(report.delivered > 0)
  assert.equal(report.ledger.balanced, true)
  assert.equal(await portIsFree(port), true)
  await sending
})

test('no thread of a receiver outlives its main thread, and its port is free', async (t) => {
  const { process: receiver, endpoints, port } = await startReceiver(t, [ANY])
  const sender = tickwire(t, ['send', endpoints[0] ?? '', '--count', '100000', '--rate', '50000'])
  await sender.line(/^sending to /m)
  receiver.kill('SIGKILL')
  assert.equal((await receiver.result).signal, 'SIGKILL')
  assert.equal(await portIsFree(port), true)
  sender.kill('SIGKILL')
  assert.equal((await sender.result).signal, 'SIGKILL')
})
