import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { TickwireError } from '../../src/foundation/errors.js'
import { type SendOptions, type SendReport, send } from '../../src/index.js'
import { Market } from '../../src/send/messages/market.js'
import { MARKET_DATA_BYTES } from '../../src/wire/index.js'
import { onlyObject, portOf, runTickwire, tickwire } from './cli.js'
import { openSocket, portIsFree } from './datagrams.js'
import { RetransmissionClient } from './retransmission-client.js'

const ANY = 'udp://127.0.0.1:0'
const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'
const FIRST = { raw: 0, moldudp64: 1 } as const
const SESSIONS = { raw: '', moldudp64: 'MINE' } as const

/** The messages of a market without their time stamps. */
function expectedMarket(count: number, first: number): Buffer[] {
  const epoch = { unixSeconds: 0, lowNs: 0, highNs: 0 }
  const market = new Market(8, 1, epoch, first)
  return Array.from({ length: count }, () => {
    const bytes = Buffer.alloc(MARKET_DATA_BYTES)
    market.write(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0)
    return bytes.subarray(8)
  })
}

for (const [transport, skip] of [
  ['socket', linux],
  ['portable', false],
] as const) {
  for (const framing of ['raw', 'moldudp64'] as const) {
    test(`what send has sent can be asked for again, ${framing}, ${transport}`, {
      skip,
    }, async (t) => {
      const sink = await openSocket(t)
      const transmission = await send({
        endpoint: `udp://127.0.0.1:${sink.port}`,
        transport,
        framing,
        count: 50,
        rate: 0,
        messagesPerDatagram: 7,
        retransmit: ANY,
        lingerMs: 60_000,
        cpu: null,
        ...(framing === 'raw' ? {} : { session: SESSIONS.moldudp64 }),
      })
      t.after(() => transmission.stop())
      while (transmission.stats().messages !== 50) await new Promise((done) => setImmediate(done))
      const port = portOf(transmission.retransmitEndpoint)
      const client = new RetransmissionClient(await openSocket(t), port, framing)
      const messages = await client.fetch(SESSIONS[framing], FIRST[framing], 50)
      assert.deepEqual(
        messages.map((message) => message.subarray(8)),
        expectedMarket(50, FIRST[framing]),
      )
      const { retransmission, warnings } = await transmission.stop()
      assert.equal(retransmission?.endpoint, transmission.retransmitEndpoint)
      assert.equal(retransmission?.messages, 50)
      assert.deepEqual(warnings, [])
      assert.ok(await portIsFree(port))
    })
  }
}

test('send --retransmit says where, stays for its tail, and reports what was asked for', {
  skip: linux,
}, async (t) => {
  const sink = await openSocket(t)
  let arrived = 0
  sink.socket.on('message', () => arrived++)
  const process = tickwire(t, [
    ...['send', `udp://127.0.0.1:${sink.port}`, '--count', '20', '--rate', '0', '--json'],
    ...['--retransmit', ANY, '--retransmit-store-bytes', '1048576', '--linger-ms', '60000'],
  ])
  const [, url = ''] = await process.line(/^retransmitting on (\S+)$/m)
  const client = new RetransmissionClient(await openSocket(t), portOf(url), 'raw')
  while (arrived < 20) await once(sink.socket, 'message', { signal: AbortSignal.timeout(10_000) })
  assert.equal((await client.fetch('', 12, 8)).length, 8)
  process.kill('SIGINT')
  const result = await process.result
  assert.equal(result.exitCode, 0, result.stderr)
  const { retransmission, messages } = onlyObject<SendReport>(result)
  assert.equal(messages, 20)
  assert.deepEqual([retransmission?.requests, retransmission?.messages], [1, 8])
})

test('send without --retransmit reports null, and refuses what belongs to it', {
  skip: linux,
}, async (t) => {
  const sink = await openSocket(t)
  const args = ['send', `udp://127.0.0.1:${sink.port}`, '--count', '1', '--json']
  assert.equal(onlyObject<SendReport>(await runTickwire(t, args)).retransmission, null)
  for (const lonely of [
    ['--retransmit-store-bytes', '1048576'],
    ['--linger-ms', '5'],
  ]) {
    const result = await runTickwire(t, [...args, ...lonely])
    assert.equal(result.exitCode, 2)
    assert.match(result.stderr, /^error TW_BAD_OPTION: .*--retransmit/m)
  }
})

test('send leaves no server behind when it cannot start', { skip: linux }, async (t) => {
  const sink = await openSocket(t)
  const endpoint = `udp://127.0.0.1:${sink.port}`
  const free = await openSocket(t)
  await new Promise<void>((done) => free.socket.close(done))
  const retransmit = `udp://127.0.0.1:${free.port}`
  const cases: readonly (readonly [SendOptions, string])[] = [
    [{ retransmit: endpoint }, 'TW_PORT_IN_USE'],
    [{ retransmit: 'udp://239.1.1.1:9003' }, 'TW_BAD_ENDPOINT'],
    [{ retransmit, retransmitStoreBytes: 1 }, 'TW_BAD_OPTION'],
    [{ retransmit, cpu: 8191 }, 'TW_NO_SUCH_CPU'],
    [{ retransmit, endpoint: 'udp://239.1.1.1:9001?interface=nic9' }, 'TW_NO_SUCH_INTERFACE'],
  ]
  for (const [options, code] of cases) {
    await assert.rejects(
      send({ endpoint, count: 1, ...options }),
      (error) => error instanceof TickwireError && error.code === code,
      code,
    )
    assert.ok(await portIsFree(free.port), code)
  }
})
