import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { receive } from '../../src/index.js'
import { readNetworkCounters } from '../../src/native/network-counters.js'
import { readCounters } from '../../src/observe/counters-reader.js'
import type { Check } from '../../src/observe/doctor/check.js'
import { lossChecks } from '../../src/observe/doctor/loss-checks.js'
import { MachineFiles } from '../../src/observe/doctor/machine-files.js'
import { receivingRun } from '../../src/observe/doctor/run-figures.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import type { ReceiveOptions } from '../../src/run/options/receive-options.js'
import { freePort } from '../kit/ports.js'
import { SHARED } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { noMapped, sendRaw } from '../transport/mapped-reading.js'
import { udpPacket } from '../transport/packets.js'
import { onlyObject, runTickwire, startReceiver } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'

const linux = process.platform === 'linux' ? false : 'files of counters need Linux'
const ANY = 'udp://127.0.0.1:0'
/** So many later messages close a gap for which drops of this machine do not answer. */
const CLOSING = 300

interface DoctorReport {
  readonly command: 'doctor'
  readonly checks: readonly Check[]
  readonly problems: number
  readonly warnings: number
  readonly listened?: {
    readonly framing: string
    readonly datagrams: number
    readonly gaps: number
  }
}

async function doctor(t: TestContext, ...args: string[]): Promise<DoctorReport> {
  const result = await runTickwire(t, ['doctor', ...args, '--json'])
  const report = onlyObject<DoctorReport>(result)
  assert.equal(result.exitCode, report.problems > 0 ? 1 : 0, result.stderr)
  assert.equal(report.command, 'doctor')
  const count = (status: string) => report.checks.filter((one) => one.status === status).length
  assert.deepEqual([report.problems, report.warnings], [count('problem'), count('warning')])
  return report
}

function named(checks: readonly Check[], name: string): Check {
  const found = checks.find((check) => check.name === name)
  assert.ok(found !== undefined, `${name} is among ${checks.map((one) => one.name).join(', ')}`)
  return found
}

/** A feed of this process, and what the doctor says of its losses. */
async function openFeed(t: TestContext, options: ReceiveOptions) {
  const file = join(temporaryFolder(t), 'run.counters')
  const feed = await receive({
    endpoints: ANY,
    handler: null,
    ...SHARED,
    counters: file,
    ...options,
  })
  t.after(() => feed.stop().catch(() => {}))
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  const explain = () => {
    const run = readCounters(file)
    assert.ok(run !== undefined)
    const receiving = receivingRun(run, readNetworkCounters())
    assert.ok(receiving !== undefined)
    return lossChecks(receiving, new MachineFiles())
  }
  const lost = () => feed.stats().ledger.lost
  return { feed, explain, lost, send: (payload: Uint8Array) => socket.send(payload, port), port }
}

/** Sends what closes the gap before a sequence. */
async function close(
  send: (payload: Uint8Array) => Promise<void>,
  from: number,
  together = 20,
): Promise<void> {
  for (let i = from; i < from + CLOSING; i += together) await send(rawDatagram(i, together))
}

/** Sends a burst while the receiver stands still, and messages behind it that close what is missing. */
async function burstAtStandingReceiver(t: TestContext, bufferBytes: string, file: string) {
  const args = [ANY, '--counters', file, '--no-pin', '--receive-buffer-bytes', bufferBytes]
  const receiver = await startReceiver(t, [...args, '--json'])
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0), receiver.port)
  const report = () => readCounters(file)?.report as ReceiveReport
  await until('the first is delivered', () => report().delivered === 1)
  receiver.process.kill('SIGSTOP')
  for (let i = 1; i < 1500; i++) await socket.send(rawDatagram(i), receiver.port)
  receiver.process.kill('SIGCONT')
  await until('the buffer is read', () => report().delivered > 100)
  await close((payload) => socket.send(payload, receiver.port), 1500)
  await until('all is settled', () => {
    const { delivered, lost } = report().ledger
    return delivered + lost.total === 1500 + CLOSING && (lost.kernel ?? 0) === lost.total
  })
  return { receiver, report }
}

test('doctor explains a burst that the kernel had no room for, and its remedy mends it', {
  skip: linux,
}, async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'first.counters')
  const first = await burstAtStandingReceiver(t, '65536', file)
  const lost = first.report().ledger.lost.total
  assert.ok(lost > 1000, `${lost} lost`)
  const report = await doctor(t, file)
  const check = named(report.checks, 'loss-kernel')
  assert.equal(check.status, 'problem')
  assert.match(
    check.found,
    new RegExp(
      `^${lost.toLocaleString('en')} lost in the kernel: the buffer held 128.0 KiB, the burst needed 1.[0-9] MiB`,
    ),
  )
  const bytes = /--receive-buffer-bytes (\d+)/.exec(check.remedy)?.[1] ?? ''
  first.receiver.process.kill('SIGKILL')
  await first.receiver.process.result
  const dead = await doctor(t, file)
  assert.equal(named(dead.checks, 'process').status, 'warning')
  assert.equal(named(dead.checks, 'loss-kernel').found, check.found)
  const second = await burstAtStandingReceiver(t, bytes, join(folder, 'second.counters'))
  assert.equal(second.report().ledger.lost.total, 0)
})

test('doctor explains what was lost at the ring, and its remedy mends it', {
  skip: linux,
}, async (t) => {
  const { file } = handlerModule(
    t,
    `let slept = false
     export default { onMessage(message, sequence) {
       if (sequence === 1 && !slept) {
         slept = true
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000)
       }
     } }`,
  )
  const run = async (slots: number) => {
    const opened = await openFeed(t, { handler: file, slots, whenFull: 'drop-newest' })
    for (let i = 0; i < 3; i++) await opened.send(rawDatagram(i))
    await until('the handler sleeps', () => opened.feed.stats().delivered === 1)
    for (let i = 3; i < 400; i++) await opened.send(rawDatagram(i))
    await until('it is awake', () => opened.feed.stats().delivered > 2)
    for (let sent = 400; sent < 400 + CLOSING; sent += 4) {
      for (let i = sent; i < sent + 4; i++) await opened.send(rawDatagram(i))
      // Not before the receiver has them: what waits in the socket for it is in no ring yet.
      await until('it keeps up', () => {
        const { lines, ring } = opened.feed.stats()
        return lines[0]?.datagrams === sent + 4 && (ring?.used ?? 0) < 8
      })
    }
    const settled = () => opened.lost().total + opened.feed.stats().delivered === 400 + CLOSING
    await until('all is settled', () => settled() && opened.lost().ring === opened.lost().total)
    return opened
  }
  const first = await run(16)
  const check = named(first.explain(), 'loss-ring')
  assert.ok(first.lost().ring > 300)
  assert.match(check.found, /lost at the ring: it held 16 datagrams, the burst needed \d{3}/)
  const slots = Number(/--slots (\d+)/.exec(check.remedy)?.[1])
  await first.feed.stop()
  const second = await run(slots)
  assert.equal(second.lost().total, 0)
  assert.deepEqual(
    second.explain().map(({ name, status }) => [name, status]),
    [['losses', 'ok']],
  )
})

test('doctor says that what never came was lost before the socket', { skip: linux }, async (t) => {
  const { send, explain, lost } = await openFeed(t, {})
  for (let i = 0; i < 10; i++) await send(rawDatagram(i))
  await close(send, 20)
  await until('the gap is closed', () => lost().network === 10)
  const [check, ...more] = explain()
  assert.deepEqual([check?.name, check?.status, more.length], ['loss-network', 'problem', 0])
  assert.match(check?.found ?? '', /^10 lost before the socket, and nothing on this machine/)
})

test('doctor explains datagrams of another framing, and datagrams that were cut', {
  skip: linux,
}, async (t) => {
  const other = await openFeed(t, {})
  await other.send(rawDatagram(0))
  await other.send(new Uint8Array(17))
  await close(other.send, 2)
  await until('it is refused', () => other.lost().invalid === 1)
  assert.match(named(other.explain(), 'loss-invalid').found, /1 datagram not of the framing raw/)
  const cut = await openFeed(t, { slotBytes: 64 })
  await cut.send(rawDatagram(0))
  await cut.send(rawDatagram(1, 3))
  await close(cut.send, 4, 2)
  await until('it is refused', () => cut.lost().invalid > 0)
  const check = named(cut.explain(), 'loss-invalid')
  assert.match(check.found, /1 datagram longer than a slot of 64 bytes/)
  const slotBytes = Number(/--slot-bytes (\d+)/.exec(check.remedy)?.[1])
  const mended = await openFeed(t, { slotBytes })
  await mended.send(rawDatagram(0))
  await mended.send(rawDatagram(1, 3))
  await until('all is delivered', () => mended.feed.stats().delivered === 4)
  assert.equal(mended.lost().total, 0)
})

test('doctor tells wrong checksums from a buffer that was full', {
  skip: noMapped(),
}, async (t) => {
  const { send, explain, lost, port } = await openFeed(t, {})
  await send(rawDatagram(0, 7))
  // Long enough that the kernel finds the checksum out only when it is read.
  const packet = udpPacket({
    ...{ from: '127.0.0.1', to: '127.0.0.1', port },
    payload: rawDatagram(7, 7),
    checksum: 0x1234,
  })
  sendRaw('127.0.0.1', [packet])
  await close(send, 14)
  await until('the gap is closed', () => lost().total === 7)
  // The kernel's counters are read now and then.
  const check = () => named(explain(), 'loss-checksum')
  await until('the kernel has told of it', () => check().status === 'problem')
  assert.match(check().found, /^7 lost for their checksum: 1 datagram /)
})

test('doctor says that a request server did not answer', { skip: linux }, async (t) => {
  const silent = await openSocket(t)
  const { send, explain, lost } = await openFeed(t, {
    framing: 'raw',
    ...{ recover: `udp://127.0.0.1:${silent.port}`, recoverWaitMs: 50 },
  })
  await send(rawDatagram(0, 5))
  await send(rawDatagram(10, 5))
  await until('they are given up', () => lost().unrecovered === 5)
  const { found, remedy } = named(explain(), 'loss-unrecovered')
  assert.match(found, /^5 lost though they were asked for again: \d+ requests to .*, 0 answers/)
  assert.match(remedy, /request server runs at/)
})

test('doctor listens at an endpoint: who sends, in which framing, and what is missing', async (t) => {
  const sender = await openSocket(t)
  const port = await freePort()
  let sequence = 0
  const timer = setInterval(() => {
    sequence += 2
    sender.send(rawDatagram(sequence), port).catch(() => {})
  }, 5)
  t.after(() => clearInterval(timer))
  const { checks, listened } = await doctor(t, `udp://127.0.0.1:${port}`, '--listen-ms', '1000')
  assert.equal(listened?.framing, 'raw')
  assert.ok((listened?.datagrams ?? 0) > 0)
  assert.match(named(checks, 'traffic-sources').found, new RegExp(`port ${sender.port}`))
  const gaps = named(checks, 'traffic-gaps')
  assert.ok((listened?.datagrams ?? 0) < 2 || gaps.status === 'warning', gaps.found)
})

test('doctor says that nothing comes, and does not take a port from whoever has it', async (t) => {
  const socket = await openSocket(t)
  const url = `udp://127.0.0.1:${socket.port}`
  const taken = named((await doctor(t, url, '--listen-ms', '50')).checks, 'traffic')
  assert.equal(taken.status, 'unknown')
  assert.match(taken.remedy, /ss -uanp/)
  const free = `udp://127.0.0.1:${await freePort()}`
  const silent = named((await doctor(t, free, '--listen-ms', '50')).checks, 'traffic')
  assert.equal(silent.status, 'warning')
  assert.match(silent.found, /^nothing came in /)
  const elsewhere = await doctor(t, 'udp://192.0.2.1:9', '--listen-ms', '50')
  assert.equal(named(elsewhere.checks, 'traffic').status, 'problem')
})
