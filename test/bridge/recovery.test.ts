import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Publication, publish } from '../../src/index.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { freePort } from '../kit/ports.js'
import { proof } from '../kit/proof.js'
import { until } from '../kit/until.js'
import { type TestProcess, tickwire } from '../system/cli.js'
import { LONG_MS } from './feeding.js'
import { TestSubscriber } from './subscriber.js'

const linux = process.platform === 'linux' ? false : 'recovery needs Linux'
/** In each of three parts: before the crash, while nobody listens, and after it. */
const PART = proof(2000, 50_000)

/** Offers so many messages, with a pause after each few, and waits until they were sent. */
async function offer(publication: Publication, count: number): Promise<void> {
  const message = new Uint8Array(20)
  for (let i = 0; i < count; ) {
    if (publication.offer(message) >= 0) i += 1
    else await sleep(1)
    if (i % 50 === 0) await sleep(1)
  }
}

test('a bridge that was killed requests what it missed from the server of the feed', {
  skip: withoutNats() || linux,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const endpoint = `udp://127.0.0.1:${await freePort()}`
  const publication = await publish({
    ...{ endpoint, framing: 'moldudp64', session: 'DAY1', heartbeatMs: 50, cpu: null },
    retransmit: 'udp://127.0.0.1:0',
  })
  t.after(() => publication.stop().catch(() => {}))
  const startBridge = async (): Promise<TestProcess> => {
    const process = tickwire(t, [
      ...['bridge', url, endpoint, '--framing', 'moldudp64', '--session', 'DAY1', '--create'],
      ...['--recover', publication.retransmitEndpoint ?? '', '--recover-wait-ms', '20000'],
      ...['--no-pin', '--idle', 'park', '--json'],
    ])
    await process.line(/^receiving moldudp64 on /m)
    return process
  }
  const first = await startBridge()
  const subscriber = await TestSubscriber.start(t, url, { framing: 'moldudp64' })
  const has = (count: number) =>
    until(`${count} are there`, () => subscriber.feed.stats().delivered >= count, LONG_MS)
  await offer(publication, PART)
  await has(PART)
  first.kill('SIGKILL')
  await first.result
  await offer(publication, PART)
  const second = await startBridge()
  await offer(publication, PART)
  await has(3 * PART)
  const { report, seen } = await subscriber.stop()
  second.kill('SIGTERM')
  const { stdout } = await second.result
  const { ledger } = JSON.parse(stdout) as { ledger: { recovered: number } }
  t.diagnostic(`${ledger.recovered} of ${PART} missed messages requested`)
  assert.ok(ledger.recovered >= PART)
  assert.deepEqual([seen.messages, seen.misplaced, seen.gaps], [3 * PART, 0, []])
  assert.deepEqual([report.ledger.lost.total, report.restarts, report.stream?.run], [0, 0, 1])
})
