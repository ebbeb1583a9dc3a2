import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { bridge } from '../../src/bridge/index.js'
import { connectNats } from '../../src/transport/nats/nats-client.js'
import { parseNatsUrl } from '../../src/transport/nats/nats-url.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { proof } from '../kit/proof.js'
import { runTickwire } from '../system/cli.js'
import { temporaryFolder } from '../system/handler-modules.js'

const MESSAGES = proof(20_000, 500_000)
const TICKS = proof(1000, 20_000)
const AT_ONCE = 512
const NO_ACCESS = {
  credsFile: undefined,
  tlsCaFile: undefined,
  tlsCertFile: undefined,
  tlsKeyFile: undefined,
}

test('batches carry a feed, and how much faster than a message per tick is told', {
  skip: withoutNats(),
}, async (t) => {
  const server = await NatsServer.start(t)
  const recording = join(temporaryFolder(t), 'day.pcap')
  const sampled = await runTickwire(t, [
    ...['sample', 'itch50', recording, '--messages', `${MESSAGES}`, '--json'],
  ])
  assert.equal(sampled.exitCode, 0, sampled.stderr)

  const began = performance.now()
  const running = await bridge({
    to: server.url('market'),
    endpoint: `file:${recording}`,
    framing: 'moldudp64',
    counters: 'off',
    create: true,
    last: false,
    drainMs: 60_000,
  })
  const started = performance.now()
  const { ledger, bridge: counts } = await running.finished
  const bridged = ledger.delivered / ((performance.now() - started) / 1000)
  assert.equal(counts.messages, ledger.delivered)
  assert.deepEqual([counts.notPublished, counts.unknown, ledger.lost.total], [0, 0, 0])

  const client = await connectNats(parseNatsUrl(server.url('plain')), NO_ACCESS, 'plain')
  await client.manager.streams.add({ name: 'plain', subjects: ['plain'] })
  const tick = new Uint8Array(32)
  const plainStarted = performance.now()
  for (let i = 0; i < TICKS; i += AT_ONCE) {
    const count = Math.min(AT_ONCE, TICKS - i)
    await Promise.all(Array.from({ length: count }, () => client.client.publish('plain', tick)))
  }
  const plain = TICKS / ((performance.now() - plainStarted) / 1000)
  const { state } = await client.manager.streams.info('plain')
  await client.connection.close()
  assert.equal(state.messages, TICKS)
  t.diagnostic(
    `${Math.round(bridged)} messages/s in ${counts.batches} batches, ${Math.round(plain)} ticks/s one by one: ` +
      `${(bridged / plain).toFixed(1)} times (the bridge took ${Math.round(started - began)} ms to start)`,
  )
})
