import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FeedAlarm, receive } from '../../src/index.js'
import { SHARED } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { openSocket, rawDatagram } from './datagrams.js'

const ANY = 'udp://127.0.0.1:0'
const linux = process.platform === 'linux' ? false : 'asking for messages needs Linux'

test('a retransmission server that never answers is an alarm and a warning', {
  skip: linux,
}, async (t) => {
  const silent = await openSocket(t)
  const alarms: FeedAlarm['kind'][] = []
  const feed = await receive({
    ...SHARED,
    endpoints: ANY,
    handler: null,
    recover: `udp://127.0.0.1:${silent.port}`,
    recoverWaitMs: 60_000,
    counters: 'off',
    onAlarm: ({ kind }) => alarms.push(kind),
  })
  t.after(() => feed.stop().catch(() => {}))
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  await socket.send(rawDatagram(0), port)
  await socket.send(rawDatagram(5), port)
  await until('the alarm is raised', () => alarms.includes('server-silent'))
  const { warnings, recovery } = await feed.stop()
  assert.ok((recovery?.requests ?? 0) >= 8)
  assert.match(warnings.join('\n'), /retransmission server answers no request/)
})

test('datagrams longer than a slot are a warning that names the option', {
  skip: linux,
}, async (t) => {
  const feed = await receive({
    ...{ ...SHARED, endpoints: ANY, handler: null, slotBytes: 64, counters: 'off' },
  })
  t.after(() => feed.stop().catch(() => {}))
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  await socket.send(rawDatagram(0, 3), port)
  await until('the warning is said', () => feed.stats().warnings.length > 0)
  const { warnings, invalidDatagrams } = await feed.stop()
  assert.equal(invalidDatagrams, 1)
  assert.match(warnings.join('\n'), /longer than a slot of 64 bytes.*slotBytes/)
})
