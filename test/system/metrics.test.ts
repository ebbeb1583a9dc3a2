import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { publish, receive, send } from '../../src/index.js'
import { serveMetrics } from '../../src/observe/index.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { freePort } from '../kit/ports.js'
import { lacks } from '../kit/programs.js'
import { SHARED, SHARED_FLAGS } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import {
  onlyObject,
  readiness,
  runSender,
  runTickwire,
  startReceiver,
  type TestProcess,
  tickwire,
} from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { Relay } from './relay.js'
import { ask, parseMetrics, promtoolComplaints, scrapeToTheEnd, seriesValue } from './scrape.js'

const linux = process.platform === 'linux' ? false : 'the drop count and recovery need Linux'
const promtool = lacks('promtool', 'prometheus')
const ANY = 'udp://127.0.0.1:0'
const HERE = ['--metrics', 'http://127.0.0.1:0']
const CAUSES = ['kernel', 'ring', 'network', 'invalid', 'unrecovered', 'cutOff'] as const

/** The address that a process says on standard error. */
async function metricsUrl(process: TestProcess): Promise<string> {
  const [, url = ''] = await process.line(/^metrics on (http:\S+)\/metrics, dashboard on \1\/$/m)
  return url
}

/** Asserts that counters say what the report of the ended run says. */
function assertSame(scrape: ReadonlyMap<string, number>, report: ReceiveReport): void {
  const { ledger, lines, garbageCollections, latencyNs } = report
  const value = (family: string, labels = {}) =>
    seriesValue(scrape, `tickwire_${family}`, labels) ?? null
  assert.deepEqual(
    {
      expected: value('messages_expected_total'),
      delivered: value('messages_delivered_total'),
      skipped: value('messages_skipped_total'),
      recovered: value('messages_recovered_total'),
      lost: CAUSES.map((cause) => value('messages_lost_total', { cause })),
      datagrams: lines.map((_, i) => value('datagrams_total', { line: 'AB'[i] })),
      kernelDrops: lines.map((_, i) => value('kernel_drops_total', { line: 'AB'[i] })),
      latency: value('latency_seconds_count') ?? 0,
      gaps: value('gaps_total'),
      open: value('gaps_open'),
      missing: value('messages_missing'),
      collections: ['receiver', 'handler'].map((thread) =>
        value('garbage_collections_total', { thread }),
      ),
    },
    {
      expected: ledger.expected,
      delivered: ledger.delivered,
      skipped: ledger.skipped,
      recovered: ledger.recovered,
      lost: CAUSES.map((cause) => ledger.lost[cause]),
      datagrams: lines.map((line) => line.datagrams),
      kernelDrops: lines.map((line) => line.kernelDrops),
      latency: latencyNs?.count,
      gaps: report.gaps,
      open: 0,
      missing: 0,
      collections: [garbageCollections.receiver, garbageCollections.handler],
    },
  )
}

test('No counter falls while losses are recovered, and the last scrape is the final report', {
  skip: linux || promtool,
}, async (t) => {
  const count = 6000
  const server = `udp://127.0.0.1:${await freePort()}`
  const receiver = await startReceiver(t, [
    ...[ANY, ANY, '--framing', 'moldudp64', '--recover', server, '--recover-wait-ms', '20000'],
    ...['--count', `${count}`, '--slots', '16384', '--work-ns', '5000', '--json', ...HERE],
  ])
  const scraping = scrapeToTheEnd(t, `${await metricsUrl(receiver.process)}/metrics`, 5)
  const relays = await Promise.all(
    receiver.endpoints.map((url, i) =>
      Relay.open(t, Number(new URL(url).port), 'moldudp64', {
        seed: 3 + i,
        loss: 0.3,
        reordering: 0.05,
      }),
    ),
  )
  await runSender(t, [
    ...relays.map(({ url }) => url),
    ...['--framing', 'moldudp64', '--retransmit', server, '--count', `${count}`, '--rate', '3000'],
    ...['--linger-ms', '3000'],
  ])
  const report = onlyObject<ReceiveReport>(await receiver.process.result)
  const { fallen, last, lastText, count: scrapes } = await scraping
  assert.deepEqual(fallen, [])
  assert.ok(scrapes > 20, `${scrapes} scrapes`)
  assert.ok(report.ledger.recovered > 0 && report.ledger.lost.total === 0)
  assertSame(last, report)
  assert.equal(promtoolComplaints(lastText), '')
})

test('No counter falls while the kernel and a slow handler lose messages', {
  skip: linux || promtool,
}, async (t) => {
  const receiver = await startReceiver(t, [
    ...[ANY, '--receive-buffer-bytes', '20000', '--slots', '16', '--when-full', 'drop-newest'],
    ...['--work-ns', '50000', '--idle-exit-ms', '600', '--json', ...HERE],
  ])
  const scraping = scrapeToTheEnd(t, `${await metricsUrl(receiver.process)}/metrics`, 5)
  await runSender(t, [`udp://127.0.0.1:${receiver.port}`, '--count', '30000', '--rate', '0'])
  const report = onlyObject<ReceiveReport>(await receiver.process.result)
  const { fallen, last, lastText } = await scraping
  assert.deepEqual(fallen, [])
  assert.ok(report.ledger.lost.total > 0)
  assertSame(last, report)
  assert.equal(promtoolComplaints(lastText), '')
})

test('A sender shows what it sends, and what was requested again', {
  skip: linux || promtool,
}, async (t) => {
  const sink = await openSocket(t)
  const sender = tickwire(t, [
    ...['send', `udp://127.0.0.1:${sink.port}`, '--framing', 'moldudp64', '--retransmit', ANY],
    ...['--count', '500', '--rate', '1000', '--json', ...HERE],
  ])
  const { fallen, last, lastText } = await scrapeToTheEnd(
    t,
    `${await metricsUrl(sender)}/metrics`,
    5,
  )
  const report = onlyObject<SendReport>(await sender.result)
  assert.deepEqual(fallen, [])
  assert.equal(seriesValue(last, 'tickwire_sent_messages_total'), report.messages)
  assert.equal(seriesValue(last, 'tickwire_sent_datagrams_total', { line: 'A' }), report.datagrams)
  assert.equal(seriesValue(last, 'tickwire_retransmission_requests_total'), 0)
  assert.equal(
    seriesValue(last, 'tickwire_garbage_collections_total', { thread: 'sender' }),
    report.garbageCollections,
  )
  assert.equal(promtoolComplaints(lastText), '')
})

/** A feed with a server, both ended with the test. */
async function served(t: TestContext, options = {}, token?: string) {
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, ...options })
  t.after(() => feed.stop().catch(() => {}))
  const server = await serveMetrics(feed, 'http://127.0.0.1:0', { token })
  t.after(() => server.close())
  return { feed, server, url: server.url }
}

test('What cannot be known is no series, and what is not settled a gauge', async (t) => {
  const { feed, url } = await served(t, { transport: 'portable', name: 'a "feed"\\' })
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  const text = async () => (await ask(`${url}/metrics`)).body
  assert.doesNotMatch(await text(), /^tickwire_\w*kernel|"kernel"/m)
  assert.doesNotMatch(await text(), /^tickwire_(latency|recovery)/m)
  await socket.send(rawDatagram(0, 10), port)
  await socket.send(rawDatagram(12, 8), port)
  await until('all has come', () => feed.stats().delivered === 18)
  const scrape = parseMetrics(await text())
  const missing = seriesValue(scrape, 'tickwire_messages_missing') ?? 0
  const lost = seriesValue(scrape, 'tickwire_messages_lost_total', { cause: 'network' }) ?? 0
  assert.equal(missing + lost, 2)
  await until('the gap is closed', async () => /lost_total.*network"} 2$/m.test(await text()))
  assert.match(await text(), /expected_total\{feed="a \\"feed\\"\\\\"\} 20$/m)
  assert.equal(
    (await ask(`${url}/metrics`)).headers['content-type'],
    'text/plain; version=0.0.4; charset=utf-8',
  )
})

test('/healthz is 503 while the feed is stale and when it has ended, and 200 in between', async (t) => {
  const { feed, server, url } = await served(t, { staleMs: 100 })
  const status = async () => (await ask(`${url}/healthz`)).status
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  await socket.send(rawDatagram(0), port)
  await until('it is heard', () => feed.stats().delivered === 1)
  const toldStale = async () =>
    /^tickwire_feed_stale\{.*\} 1$/m.test((await ask(`${url}/metrics`)).body)
  // A starved thread delivers, and says that the feed is heard again a moment later.
  await until('it is stale', async () => (await status()) === 503 && (await toldStale()))
  let sequence = 1
  await until('it is heard again', async () => {
    await socket.send(rawDatagram(sequence++), port)
    return (await status()) === 200
  })
  const report = await feed.stop()
  await until('it has ended', async () => (await ask(`${url}/healthz`)).body.includes('ended'))
  assert.equal(await status(), 503)
  assertSame(parseMetrics((await ask(`${url}/metrics`)).body), report)
  await server.close()
  await assert.rejects(ask(`${url}/healthz`))
})

test('Only requests of this machine that change nothing are answered', async (t) => {
  const { url } = await served(t)
  const port = new URL(url).port
  const status = async (headers: Record<string, string>, method?: string) =>
    (await ask(`${url}/metrics`, headers, method)).status
  assert.equal(await status({ Host: `localhost:${port}` }), 200)
  assert.equal(await status({ Host: `[::1]:${port}` }), 200)
  assert.equal(await status({ Host: `evil.example:${port}` }), 403)
  assert.equal(await status({ Host: 'evil.example' }), 403)
  assert.equal(await status({ Host: '127.0.0.1.evil.example' }), 403)
  assert.equal(await status({ Host: 'a b:1:2' }), 400)
  assert.equal(await status({ Origin: 'http://evil.example' }), 403)
  assert.equal(await status({ Origin: 'null' }), 403)
  assert.equal(await status({ Origin: url }), 200)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    assert.equal(await status({}, method), 405)
  }
  const head = await ask(`${url}/metrics`, {}, 'HEAD')
  assert.deepEqual([head.status, head.body], [200, ''])
  assert.equal((await ask(`${url}/../../package.json`)).status, 404)
  assert.equal((await ask(`${url}/secret`)).status, 404)
  const { headers } = await ask(`${url}/metrics`)
  assert.match(String(headers['content-security-policy']), /default-src 'none'/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['access-control-allow-origin'], undefined)
  assert.equal(await status({ 'X-Long': 'x'.repeat(20_000) }).catch(() => 0), 0)
})

test('A token is asked for where one was given, in a header, or once in the address', async (t) => {
  const { url } = await served(t, {}, 'a secret/1')
  const encoded = encodeURIComponent('a secret/1')
  assert.equal((await ask(`${url}/metrics`)).status, 401)
  assert.equal((await ask(`${url}/metrics`, { Authorization: 'Bearer wrong' })).status, 401)
  assert.equal((await ask(`${url}/?token=wrong`)).status, 401)
  assert.equal((await ask(`${url}/metrics?token=${encoded}`)).status, 200)
  const { status, headers } = await ask(`${url}/?token=${encoded}`)
  assert.deepEqual([status, headers.location], [303, '/'])
  const [cookie = ''] = headers['set-cookie'] ?? []
  assert.match(cookie, /HttpOnly; SameSite=Strict/)
  const [pair = ''] = cookie.split(';')
  assert.equal((await ask(`${url}/metrics`, { Cookie: `other=1; ${pair}` })).status, 200)
  assert.equal((await ask(`${url}/metrics`, { Cookie: `${pair}x` })).status, 401)
})

test('A connection that says nothing is ended, and takes nobody else the place', async (t) => {
  const { url } = await served(t)
  const port = Number(new URL(url).port)
  const silent = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'))
  t.after(() => {
    for (const socket of silent) socket.destroy()
  })
  let closed = 0
  for (const socket of silent) {
    socket.on('error', () => {}).on('close', () => closed++)
    socket.write('GET /metrics HTTP/1.1\r\n')
  }
  assert.equal((await ask(`${url}/metrics`)).status, 200)
  await until('they are ended', () => closed === silent.length, 60_000)
})

test('Addresses that other machines reach need a token, and what is no address is refused', async (t) => {
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null })
  t.after(() => feed.stop().catch(() => {}))
  const refused = (url: string, token?: string) =>
    assert.rejects(serveMetrics(feed, url, { token }), { code: 'TW_BAD_OPTION' })
  await refused('http://0.0.0.0:0')
  await refused('http://[::]:0')
  await refused('http://example.com:9464')
  await refused('https://127.0.0.1:0')
  await refused('http://127.0.0.1:0/metrics')
  await refused('http://user:password@127.0.0.1:0')
  await refused('http://127.0.0.1:99999')
  await refused('http://127.0.0.1:0', '')
  await assert.rejects(serveMetrics({}, 'http://127.0.0.1:0'), { code: 'TW_BAD_OPTION' })
  const open = await serveMetrics(feed, 'http://0.0.0.0:0', { token: 'secret' })
  t.after(() => open.close())
  const port = new URL(open.url).port
  assert.equal((await ask(`http://127.0.0.1:${port}/metrics`)).status, 401)
  assert.equal((await ask(`http://127.0.0.1:${port}/metrics?token=secret`)).status, 200)
  await assert.rejects(serveMetrics(feed, `http://127.0.0.1:${port}`), { code: 'TW_PORT_IN_USE' })
  // One can be closed while the run goes on.
  const other = await serveMetrics(feed, 'http://127.0.0.1:0')
  await other.close()
  // Its own server goes on.
  assert.equal((await ask(`http://127.0.0.1:${port}/metrics?token=secret`)).status, 200)
})

test('A run that is over can still be shown', async (t) => {
  const sink = await openSocket(t)
  const endpoint = `udp://127.0.0.1:${sink.port}`
  const transmission = await send({ endpoint, count: 10, rate: 0, cpu: null })
  await transmission.finished
  const server = await serveMetrics(transmission, 'http://127.0.0.1:0')
  t.after(() => server.close())
  const text = async () => (await ask(`${server.url}/metrics`)).body
  assert.match(await text(), /^tickwire_sent_messages_total\{.*\} 10$/m)
  await until('its collections are known', async () => (await text()).includes('garbage'))
})

test('What a program publishes can be shown too', { skip: linux }, async (t) => {
  const sink = await openSocket(t)
  const publication = await publish({ endpoint: `udp://127.0.0.1:${sink.port}`, cpu: null })
  t.after(() => publication.close())
  const server = await serveMetrics(publication, 'http://127.0.0.1:0')
  t.after(() => server.close())
  const message = rawDatagram(0)
  await until('it is taken', () => publication.offer(message) >= 0)
  await until('it is shown', async () =>
    /^tickwire_sent_messages_total\{.*\} 1$/m.test((await ask(`${server.url}/metrics`)).body),
  )
})

test('--metrics that cannot be is an error of its own, and nothing is left running', async (t) => {
  const wrong = await runTickwire(t, ['receive', ANY, '--metrics', 'http://0.0.0.0:0', '--json'])
  assert.equal(wrong.exitCode, 2)
  assert.match(wrong.stderr, /^error TW_BAD_OPTION: .*--metrics-token/m)
  const lonely = await runTickwire(t, ['receive', ANY, '--metrics-token', 'x', '--json'])
  assert.equal(lonely.exitCode, 2)
  const first = tickwire(t, ['receive', ANY, '--json', ...SHARED_FLAGS, ...HERE])
  const url = await metricsUrl(first)
  await readiness(first)
  const second = await runTickwire(t, ['receive', ANY, '--no-pin', '--json', '--metrics', url])
  assert.equal(second.exitCode, 1)
  assert.match(second.stderr, /^error TW_PORT_IN_USE: Listening on http:/m)
  first.kill('SIGTERM')
  assert.equal((await first.result).exitCode, 0)
})
