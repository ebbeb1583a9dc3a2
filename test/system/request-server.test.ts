import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { TickwireError } from '../../src/foundation/errors.js'
import { publish, type SendOptions, send } from '../../src/index.js'
import { createRetransmitStore, MIN_STORE_BYTES } from '../../src/retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../../src/retransmit/store-writer.js'
import {
  createRequestThread,
  type RequestThread,
  Retransmission,
} from '../../src/run/transmission/request-server.js'
import { until } from '../kit/until.js'
import { requestBytes } from '../retransmit/retransmission-datagrams.js'
import { noMapped, sendRaw } from '../transport/mapped-reading.js'
import { udpPacket } from '../transport/packets.js'
import { portOf } from './cli.js'
import { openSocket } from './datagrams.js'
import { OnePacketClient } from './one-packet-client.js'
import { RetransmissionClient } from './retransmission-client.js'

const ANY = 'udp://127.0.0.1:0'
const REQUEST = { session: 'SESSION', sequence: 1n, count: 1 }
const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'

/** A server with one message in its store. */
async function serverOfOne(
  t: TestContext,
  createThread = createRequestThread,
): Promise<Retransmission> {
  const store = createRetransmitStore(MIN_STORE_BYTES)
  const options = { endpoint: ANY, framing: 'moldudp64', store } as const
  const server = await Retransmission.start(options, createThread)
  t.after(() => server.stop())
  const session = Buffer.from(REQUEST.session.padEnd(10))
  const writer = new RetransmitStoreWriter(store, { session, firstSequence: 1 })
  writer.append(new DataView(Uint8Array.from([1, 2, 3]).buffer), 0, 3)
  writer.publish()
  return server
}

test('Retransmission survives a packet from source port 0', { skip: noMapped() }, async (t) => {
  const server = await serverOfOne(t)
  const port = portOf(server.endpoint)
  const payload = requestBytes(REQUEST)
  const packet = udpPacket({ from: '127.0.0.1', to: '127.0.0.1', fromPort: 0, port, payload })
  sendRaw('127.0.0.1', [packet])
  await until('the packet is counted', () => server.stats().refused.malformed === 1)
  const client = new RetransmissionClient(await openSocket(t), port, 'moldudp64')
  assert.equal((await client.ask(REQUEST)).messages.length, 1)
  assert.equal(server.problem, undefined)
  assert.equal(server.stats().restarts, 0)
})

test('Retransmission puts another thread in the place of one that died', async (t) => {
  const threads: RequestThread[] = []
  const server = await serverOfOne(t, (data) => {
    const thread = createRequestThread(data)
    threads.push(thread)
    return thread
  })
  const port = portOf(server.endpoint)
  const client = new RetransmissionClient(await openSocket(t), port, 'moldudp64')
  await client.ask(REQUEST)
  for (let deaths = 1; deaths <= 2; deaths++) {
    await threads[deaths - 1]?.terminate()
    await until('another thread is started', () => threads.length === deaths + 1)
    await threads[deaths]?.ready
    assert.equal((await client.ask(REQUEST)).messages.length, 1)
    assert.equal(server.stats().restarts, deaths)
  }
  assert.match(server.problem?.message ?? '', /retransmission thread ended/)
  const report = await server.stop()
  assert.equal(report.requests, 3, 'the counters go on')
  assert.equal(threads.length, 3, 'a stopped server is not started again')
})

test('send and publish refuse every number that is none', async () => {
  const numbers = [
    ...(['count', 'rate', 'burst', 'messagesPerDatagram', 'instruments', 'seed'] as const),
    ...(['batch', 'cpu', 'startDelayMs', 'lingerMs', 'heartbeatMs', 'flowWaitMs'] as const),
    ...(['retransmitStoreBytes', 'datagramsPerRequest'] as const),
  ]
  for (const name of numbers) {
    const options: SendOptions = {
      endpoint: 'udp://127.0.0.1:1',
      framing: 'moldudp64',
      retransmit: ANY,
      ...(name === 'flowWaitMs' ? { flow: 'credit' } : {}),
      [name]: Number.NaN,
    }
    const refused = (error: unknown) =>
      error instanceof TickwireError && error.code === 'TW_BAD_OPTION' && /NaN/.test(error.message)
    await assert.rejects(send(options), refused, `send ${name}`)
    if (['count', 'rate', 'burst', 'instruments', 'seed', 'startDelayMs'].includes(name)) continue
    await assert.rejects(publish(options), refused, `publish ${name}`)
  }
  for (const name of ['slots', 'messageBytes', 'firstSequence'] as const) {
    await assert.rejects(publish({ framing: 'moldudp64', [name]: Number.NaN }), TickwireError, name)
  }
})

for (const lossPercent of [3, 20]) {
  test(`a client that takes one packet for an answer recovers all at ${lossPercent} % loss`, {
    skip: linux,
  }, async (t) => {
    const line = await openSocket(t)
    const transmission = await send({
      endpoint: `udp://127.0.0.1:${line.port}`,
      framing: 'moldudp64',
      count: 20_000,
      rate: 20_000,
      messagesPerDatagram: 5,
      retransmit: ANY,
      // As large as a datagram of the line, so that whoever missed several needs several responses.
      retransmitLimits: { maxPayloadBytes: 175 },
      lingerMs: 60_000,
      startDelayMs: 200,
      cpu: null,
    })
    t.after(() => transmission.stop())
    const server = portOf(transmission.retransmitEndpoint)
    const client = new OnePacketClient(line, await openSocket(t), server, lossPercent, 7)
    await until('all is there', () => client.received === 20_000, 60_000)
    const { retransmission, warnings, datagrams } = await transmission.stop()
    assert.ok(client.dropped > 0)
    assert.ok(client.requests <= datagrams, `${client.requests} requests, ${datagrams} datagrams`)
    assert.ok((retransmission?.replies ?? 0) <= client.requests)
    assert.deepEqual(warnings, [])
  })
}

test('send warns of a client whose requests outgrow what was sent', { skip: linux }, async (t) => {
  const line = await openSocket(t)
  const said: string[] = []
  const transmission = await send({
    endpoint: `udp://127.0.0.1:${line.port}`,
    framing: 'moldudp64',
    count: 10,
    rate: 0,
    retransmit: ANY,
    lingerMs: 60_000,
    cpu: null,
    onWarning: (warning) => said.push(warning),
  })
  t.after(() => transmission.stop())
  const server = portOf(transmission.retransmitEndpoint)
  const requests = await openSocket(t)
  await until('the warning is said', async () => {
    for (let i = 0; i < 100; i++) {
      await requests.send(requestBytes({ session: 'TICKWIRE01', sequence: 1n, count: 9 }), server)
    }
    return said.length > 0
  })
  const { warnings } = await transmission.stop()
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /--datagrams-per-request 1/)
})
