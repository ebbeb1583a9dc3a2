import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { TickwireError } from '../../src/foundation/errors.js'
import type { ReplayReport } from '../../src/replay/replay.js'
import { replay } from '../../src/replay/replay.js'
import type { ResponseFraming } from '../../src/retransmit/response-framing.js'
import { createRetransmitStore, MIN_STORE_BYTES } from '../../src/retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../../src/retransmit/store-writer.js'
import { Retransmission } from '../../src/run/transmission/request-server.js'
import { FRAMING_NAMES } from '../../src/wire/framing.js'
import { IEX } from '../kit/captures.js'
import { type Request, requestBytes } from '../retransmit/retransmission-datagrams.js'
import { iexTpDatagram, readIexTp } from '../wire/datagrams.js'
import { captureFile } from './capture-file.js'
import { onlyObject, portOf, runTickwire, type TestProcess, tickwire } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'
import { RetransmissionClient as Client } from './retransmission-client.js'

const ANY = 'udp://127.0.0.1:0'
/** How long the tail of a recording may take, and how often it is asked for meanwhile. */
const WAIT_MS = 30_000
const AGAIN_MS = 20
const LINGER = ['--linger-ms', '60000']

interface Replaying {
  readonly process: TestProcess
  readonly client: Client
  readonly port: number
}

/** Starts a replay as fast as possible to a socket that nobody reads, and waits until all is sent. */
async function startReplay(
  t: TestContext,
  args: readonly string[],
  framing: ResponseFraming,
): Promise<Replaying> {
  const sink = await openSocket(t)
  const all = ['replay', args[0] ?? '', `udp://127.0.0.1:${sink.port}`, '--speed', '0']
  const retransmit = ['--retransmit', ANY, '--framing', framing]
  const process = tickwire(t, [...all, ...retransmit, ...args.slice(1), '--json'])
  const [, url = ''] = await process.line(/^retransmitting on (\S+)$/m)
  const client = new Client(await openSocket(t), portOf(url), framing)
  return { process, client, port: portOf(url) }
}

async function endReplay(process: TestProcess): Promise<ReplayReport> {
  process.kill('SIGINT')
  const result = await process.result
  assert.equal(result.exitCode, 0, result.stderr)
  return onlyObject<ReplayReport>(result)
}

/**
 * Repeats a request until it is answered, since the replay may not have come that far. From a socket of
 * its own, so that no late reply is taken for one to another request.
 */
async function waitFor(t: TestContext, port: number, request: Request): Promise<void> {
  const socket = await openSocket(t)
  const arrived = once(socket.socket, 'message', { signal: AbortSignal.timeout(WAIT_MS) })
  const again = setInterval(() => void socket.send(requestBytes(request), port), AGAIN_MS)
  try {
    await arrived
  } finally {
    clearInterval(again)
  }
}

test('replay --retransmit gives back any message of the IEX recording', {
  skip: IEX.skip,
}, async (t) => {
  const recorded: Buffer[] = []
  let session = ''
  const reader = await CaptureReader.open(IEX.path)
  while (await reader.fill()) {
    while (reader.next()) {
      const payload = reader.bytes.subarray(reader.offset, reader.offset + reader.length)
      const reading = readIexTp(payload)
      assert.ok(reading !== undefined)
      session = String(reading.session)
      for (const { start, length } of reading.messages) {
        recorded.push(Buffer.from(payload.subarray(start, start + length)))
      }
    }
  }
  assert.equal(recorded.length, 57_674)
  const { process, client, port } = await startReplay(t, [IEX.path, ...LINGER], 'iex-tp')
  await waitFor(t, port, { session, sequence: 57_674n, count: 1 })
  for (const [first, count] of [
    [1, 100],
    [28_000, 50],
    [57_600, 75],
  ] as const) {
    assert.deepEqual(
      await client.fetch(session, first, count),
      recorded.slice(first - 1, first - 1 + count),
    )
  }
  const before = (await client.ask({ session, sequence: 5n, count: 2 })).messages.length
  assert.equal(before, 2)
  await client.send(requestBytes({ session: 'WRONG', sequence: 1n, count: 1 }))
  await client.send(requestBytes({ session: '', sequence: 1n, count: 1 }))
  await client.send(Buffer.from('what is this?'))
  await client.send(requestBytes({ session, sequence: 57_675n, count: 1 }))
  await client.send(requestBytes({ session, sequence: 0n, count: 1 }))
  // Requests are answered in their order, so after this one the others are counted.
  await client.ask({ session, sequence: 1n, count: 1 })
  const report = await endReplay(process)
  const { retransmission } = report
  assert.ok(retransmission !== null)
  assert.equal(report.datagrams, 13_022)
  assert.equal(retransmission.stored, 57_674)
  assert.equal(retransmission.unreadable, 0)
  const { notYet, ...refused } = retransmission.refused
  assert.ok(notYet >= 1)
  assert.deepEqual(refused, {
    ...{ malformed: 1, otherSession: 2, gone: 1 },
    ...{ tooLong: 0, clientRate: 0, totalRate: 0 },
  })
  const answered = retransmission.requests - notYet - 4
  assert.equal(retransmission.replies, answered, 'each request was for one reply')
  assert.ok(retransmission.messages >= 100 + 50 + 75 + 2 + 1 + 1)
  assert.equal(retransmission.unsent, 0)
})

test('replay --retransmit lacks what the recording lacks, and follows another session', async (t) => {
  const file = join(temporaryFolder(t), 'gaps.pcap')
  const text = (one: string) => Buffer.from(one)
  const payloads = [
    iexTpDatagram({ sequence: 10n, messages: [text('old')], session: 1 }),
    iexTpDatagram({ sequence: 1n, messages: [text('one'), text('two')], session: 2 }),
    iexTpDatagram({ sequence: 2n, messages: [text('two'), text('three')], session: 2 }),
    Uint8Array.from([1, 2, 3]),
    iexTpDatagram({ sequence: 6n, messages: [text('six')], session: 2 }),
    iexTpDatagram({ sequence: 4n, messages: [text('late')], session: 2 }),
  ]
  const to = { address: '239.1.1.1', port: 5001 }
  writeFileSync(file, captureFile(payloads.map((payload) => ({ ...to, payload }))))
  const { process, client, port } = await startReplay(t, [file, ...LINGER], 'iex-tp')
  await waitFor(t, port, { session: '2', sequence: 6n, count: 1 })
  const messages = (await client.ask({ session: '2', sequence: 1n, count: 100 })).messages
  assert.deepEqual(messages.map(String), ['one', 'two', 'three'])
  await client.send(requestBytes({ session: '2', sequence: 4n, count: 3 }))
  await client.send(requestBytes({ session: '1', sequence: 10n, count: 1 }))
  const last = await client.ask({ session: '2', sequence: 6n, count: 100 })
  assert.deepEqual(last.messages.map(String), ['six'])
  assert.equal(last.session, 2)
  assert.equal(last.sequence, 6)
  const { retransmission } = await endReplay(process)
  assert.equal(retransmission?.stored, 5)
  assert.equal(retransmission?.unreadable, 1)
  assert.equal(retransmission?.refused.gone, 1)
  assert.ok((retransmission?.refused.otherSession ?? 0) >= 1)
})

test('replay --retransmit of raw messages takes the session that it is given', async (t) => {
  const file = join(temporaryFolder(t), 'raw.pcap')
  const to = { address: '239.1.1.1', port: 5001 }
  const payload = rawDatagram(7, 20)
  writeFileSync(file, captureFile([{ ...to, payload }]))
  for (const session of ['', 'MINE']) {
    const given = session === '' ? [] : ['--session', session]
    const { process, client, port } = await startReplay(t, [file, ...given, ...LINGER], 'raw')
    await waitFor(t, port, { session, sequence: 26n, count: 1 })
    assert.deepEqual(Buffer.concat(await client.fetch(session, 7, 20)), payload)
    await endReplay(process)
  }
})

test('replay refuses a client that asks for too much, and counts that', async (t) => {
  const file = join(temporaryFolder(t), 'raw.pcap')
  const to = { address: '239.1.1.1', port: 5001 }
  writeFileSync(file, captureFile([{ ...to, payload: rawDatagram(0, 20) }]))
  const sink = await openSocket(t)
  const running = await replay({
    file,
    endpoint: `udp://127.0.0.1:${sink.port}`,
    speed: 0,
    retransmit: ANY,
    retransmitLimits: {
      ...{ clientBytesPerSecond: 29, clientBurstBytes: 10 * 29, maxPayloadBytes: 4 * 29 },
      ...{ totalBytesPerSecond: 1000, totalBurstBytes: 1000 },
    },
    lingerMs: 60_000,
  })
  t.after(() => running.stop())
  const port = portOf(running.retransmitEndpoint)
  const client = new Client(await openSocket(t), port, 'raw')
  await waitFor(t, port, { session: '', sequence: 19n, count: 1 })
  const three = await client.ask({ session: '', sequence: 0n, count: 20 })
  assert.ok(three.messages.length >= 1 && three.messages.length <= 4)
  for (let i = 0; i < 50; i++) {
    await client.send(requestBytes({ session: '', sequence: 0n, count: 20 }))
  }
  const socket = await openSocket(t)
  const other = new Client(socket, port, 'raw')
  // What is malformed is counted whatever the rate is; it stands behind the others in the queue.
  await other.send(Buffer.from('the last'))
  while (running.retransmission()?.refused.malformed !== 1) {
    await new Promise((done) => setImmediate(done))
  }
  const report = await running.stop()
  assert.ok((report.retransmission?.refused.clientRate ?? 0) > 0)
  assert.ok((report.retransmission?.messages ?? 0) <= 4 + 60)
})

test('replay without --retransmit says that nothing could be asked for', async (t) => {
  const file = join(temporaryFolder(t), 'raw.pcap')
  const payload = rawDatagram(0, 1)
  writeFileSync(file, captureFile([{ address: '239.1.1.1', port: 5001, payload }]))
  const sink = await openSocket(t)
  const args = ['replay', file, `udp://127.0.0.1:${sink.port}`, '--speed', '0', '--json']
  assert.equal(onlyObject<ReplayReport>(await runTickwire(t, args)).retransmission, null)
  const lonely = await runTickwire(t, [...args, '--session', 'X'])
  assert.equal(lonely.exitCode, 2)
  assert.match(lonely.stderr, /^error TW_BAD_OPTION: /m)
  const unreadable = ['--retransmit', ANY, '--framing', 'iex-tp', '--linger-ms', '0']
  const blind = onlyObject<ReplayReport>(await runTickwire(t, [...args, ...unreadable]))
  assert.equal(blind.retransmission?.unreadable, 1)
  assert.match(blind.warnings.join(), /--framing/)
})

test('Retransmission says why it cannot have an endpoint', async (t) => {
  const taken = await openSocket(t)
  const store = createRetransmitStore(MIN_STORE_BYTES)
  const cases = [
    [`udp://127.0.0.1:${taken.port}`, 'TW_PORT_IN_USE'],
    ['udp://192.0.2.1:0', 'TW_ADDRESS_NOT_LOCAL'],
    ['udp://239.1.1.1:9002', 'TW_BAD_ENDPOINT'],
  ] as const
  for (const [endpoint, code] of cases) {
    await assert.rejects(
      Retransmission.start({ endpoint, framing: 'moldudp64', store }),
      (error) => error instanceof TickwireError && error.code === code,
      endpoint,
    )
  }
})

test('Retransmission answers over IPv6, and not once it is stopped', async (t) => {
  const store = createRetransmitStore(MIN_STORE_BYTES)
  const server = await Retransmission.start({
    endpoint: 'udp://[::1]:0',
    framing: 'moldudp64',
    store,
  })
  t.after(() => server.stop())
  const session = Buffer.from('SESSION   ')
  const writer = new RetransmitStoreWriter(store, { session, firstSequence: 1 })
  writer.append(new DataView(Uint8Array.from([1, 2, 3]).buffer), 0, 3)
  writer.publish()
  const socket = await openSocket(t, 0, '::1')
  const client = new Client(socket, portOf(server.endpoint), 'moldudp64')
  const reply = await client.ask({ session: 'SESSION', sequence: 1n, count: 9 })
  assert.deepEqual(reply.messages, [Buffer.from([1, 2, 3])])
  assert.equal(reply.session, 'SESSION')
  const report = await server.stop()
  assert.equal(report.endpoint, server.endpoint)
  assert.equal(report.requests, 1)
  assert.equal(report.messages, 1)
  assert.equal(server.problem, undefined)
  assert.deepEqual(await server.stop(), report)
  const again = await Retransmission.start({
    endpoint: server.endpoint,
    framing: 'moldudp64',
    store,
  })
  await again.stop()
})

test('replay --retransmit of MoldUDP64 answers in the session of the recording', {
  skip: FRAMING_NAMES.some((name: string) => name === 'moldudp64')
    ? false
    : 'MoldUDP64 is not read in this version',
}, async (t) => {
  const file = join(temporaryFolder(t), 'mold.pcap')
  const header = requestBytes({ session: 'RECORDED', sequence: 5n, count: 2 })
  const blocks = Buffer.from([0, 3, 1, 2, 3, 0, 0])
  const payload = Buffer.concat([header, blocks])
  writeFileSync(file, captureFile([{ address: '239.1.1.1', port: 5001, payload }]))
  const { process, client, port } = await startReplay(t, [file, ...LINGER], 'moldudp64')
  await waitFor(t, port, { session: 'RECORDED', sequence: 6n, count: 1 })
  const reply = await client.ask({ session: 'RECORDED', sequence: 5n, count: 9 })
  assert.deepEqual(reply.bytes, payload)
  await endReplay(process)
  const sink = await openSocket(t)
  const args = ['replay', file, `udp://127.0.0.1:${sink.port}`, '--retransmit', ANY]
  const named = await runTickwire(t, [...args, '--framing', 'moldudp64', '--session', 'OTHER'])
  assert.equal(named.exitCode, 2)
  assert.match(named.stderr, /^error TW_BAD_OPTION: /m)
})
