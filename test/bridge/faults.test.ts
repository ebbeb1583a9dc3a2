import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { proof } from '../kit/proof.js'
import { until } from '../kit/until.js'
import { portOf } from '../system/cli.js'
import { openSocket } from '../system/datagrams.js'
import { AckProxy, type Trick } from './ack-proxy.js'
import { delivered, LONG_MS, say, startBridge } from './feeding.js'
import { TestSubscriber } from './subscriber.js'

const skip = withoutNats()
/** Messages of a feed that a test sends itself, ten to a datagram, with a pause after each few. */
const MESSAGES = proof(3000, 100_000)
const BACKLOG_BYTES = 2 ** 24
const IN_FLIGHT_BYTES = 2 ** 23
const STOPPED_MS = proof(1500, 5000)

for (const fault of ['killed and started again', 'stopped for a while'] as const) {
  test(`a broker that is ${fault} costs nothing, and subscribers see neither hole nor double`, {
    skip,
  }, async (t) => {
    const server = await NatsServer.start(t)
    const running = await startBridge(t, server.url('market'), { create: true })
    const subscriber = await TestSubscriber.start(t, server.url('market'))
    const socket = await openSocket(t)
    const ports = [portOf(running.endpoints[0])]
    await say(socket, ports, 0, MESSAGES)
    if (fault === 'stopped for a while') server.signal('SIGSTOP')
    else await server.kill()
    await say(socket, ports, MESSAGES, MESSAGES)
    await delivered(running, 2 * MESSAGES)
    if (fault === 'stopped for a while') {
      await sleep(STOPPED_MS)
      server.signal('SIGCONT')
    } else await server.begin()
    await say(socket, ports, 2 * MESSAGES, MESSAGES)
    await delivered(running, 3 * MESSAGES)
    const { report, seen } = await subscriber.end(3 * MESSAGES, LONG_MS)
    const { bridge: counts, ledger } = await running.stop()
    t.diagnostic(JSON.stringify({ bridge: counts, stream: report.stream }))
    assert.deepEqual([ledger.delivered, ledger.lost.total], [3 * MESSAGES, 0])
    assert.deepEqual([seen.messages, seen.misplaced, seen.gaps], [3 * MESSAGES, 0, []])
    assert.equal(report.ledger.lost.total, 0)
    assert.deepEqual([counts.notPublished, counts.unknown], [0, 0])
    assert.equal(counts.acknowledged, counts.batches)
    assert.ok(counts.catchUpMs > 0, 'how long it took to catch up is told')
    assert.ok(counts.backlogHighWater <= BACKLOG_BYTES + IN_FLIGHT_BYTES)
  })
}

for (const trick of ['late', 'twice', 'never', 'close'] as const satisfies readonly Trick[]) {
  test(`of a broker whose acknowledgements come ${trick === 'close' ? 'not, since it stores and closes' : trick} nothing is doubled or claimed`, {
    skip,
  }, async (t) => {
    const server = await NatsServer.start(t)
    const proxy = await AckProxy.open(t, server.port, trick)
    const running = await startBridge(t, proxy.url('market'), { create: true, drainMs: 10_000 })
    const subscriber = await TestSubscriber.start(t, server.url('market'))
    const socket = await openSocket(t)
    await say(socket, [portOf(running.endpoints[0])], 0, MESSAGES)
    await delivered(running, MESSAGES)
    await until('a trick was played', () => proxy.played > 0)
    await until(
      'an acknowledgement was missed',
      () => trick === 'twice' || running.stats().bridge.republished > 0,
      LONG_MS,
    )
    proxy.behave()
    const { report, seen } = await subscriber.end(MESSAGES, LONG_MS)
    const { bridge: counts } = await running.stop()
    t.diagnostic(JSON.stringify({ bridge: counts, stream: report.stream }))
    assert.deepEqual([seen.messages, seen.misplaced, seen.gaps], [MESSAGES, 0, []])
    assert.equal(report.ledger.duplicates, 0)
    assert.deepEqual([counts.acknowledged, counts.messages], [counts.batches, MESSAGES])
    assert.equal(report.stream?.batches, counts.batches)
  })
}
