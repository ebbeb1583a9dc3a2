import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { serveMetrics } from '../../src/observe/index.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { lacks } from '../kit/programs.js'
import { until } from '../kit/until.js'
import { noBrowser, openPage } from '../system/browser.js'
import { onlyObject, portOf, runTickwire } from '../system/cli.js'
import { openSocket } from '../system/datagrams.js'
import { temporaryFolder } from '../system/handler-modules.js'
import { ask, parseMetrics, seriesValue } from '../system/scrape.js'
import { say, startBridge } from './feeding.js'
import { TestSubscriber } from './subscriber.js'

const skip = withoutNats()
const MESSAGES = 1000

/** A bridge and a subscriber with files of counters, after so many messages. */
async function watched(t: TestContext) {
  const server = await NatsServer.start(t)
  const folder = temporaryFolder(t)
  const url = server.url('market')
  const files = { bridge: join(folder, 'bridge'), subscriber: join(folder, 'subscriber') }
  const running = await startBridge(t, url, { create: true, counters: files.bridge })
  const subscriber = await TestSubscriber.start(t, url, { counters: files.subscriber })
  const socket = await openSocket(t)
  const ports = [portOf(running.endpoints[0])]
  await say(socket, ports, 0, MESSAGES)
  await until('all is stored', () => running.stats().bridge.messages === MESSAGES)
  await until('all is delivered', () => subscriber.feed.stats().delivered === MESSAGES)
  return { server, files, running, subscriber, socket, ports }
}

interface Stat {
  readonly processes: readonly { readonly report: ReceiveReport }[]
}

test('stat and top of another process tell what a bridge published and a subscriber got', {
  skip,
}, async (t) => {
  const { server, files, running } = await watched(t)
  const statOf = async (file: string) =>
    onlyObject<Stat>(await runTickwire(t, ['stat', file, '--json'])).processes[0]?.report
  const bridge = (await statOf(files.bridge))?.bridge
  assert.deepEqual(
    [bridge?.messages, bridge?.acknowledged, bridge?.connected],
    [MESSAGES, running.stats().bridge.batches, true],
  )
  const stream = (await statOf(files.subscriber))?.stream
  assert.deepEqual([stream?.holesLeft, stream?.connected], [0, true])
  const shown = async (command: string, file: string) =>
    (await runTickwire(t, [command, file])).stdout
  for (const command of ['stat', 'top']) {
    const text = await shown(command, files.bridge)
    assert.match(text, /stored +\d+ of \d+ batches/)
    assert.match(text, /backlog .* at most/)
    assert.match(await shown(command, files.subscriber), /stream +\d+ batches, 0 holes filled/)
  }
  await server.kill()
  await until('the stream is missed', () => !running.stats().bridge.connected)
  assert.match(await shown('top', files.bridge), /the stream is away/)
})

test('Metrics of a bridge and of a subscriber say what their reports say', {
  skip,
}, async (t) => {
  const { server, running, subscriber, socket, ports } = await watched(t)
  const metrics = await serveMetrics(running, 'http://127.0.0.1:0')
  t.after(() => metrics.close())
  const behind = await serveMetrics(subscriber.feed, 'http://127.0.0.1:0')
  t.after(() => behind.close())
  const scrape = async ({ url }: { url: string }) => {
    const values = parseMetrics((await ask(`${url}/metrics`)).body)
    return (family: string, labels = {}) => seriesValue(values, `tickwire_${family}`, labels)
  }
  const value = await scrape(metrics)
  const { bridge } = running.stats()
  assert.deepEqual(
    ['batches', 'acknowledged', 'messages', 'not_published'].map((name) =>
      value(`bridge_${name}_total`),
    ),
    [bridge.batches, bridge.acknowledged, MESSAGES, 0],
  )
  assert.deepEqual([value('bridge_connected'), value('bridge_backlog_bytes')], [1, 0])
  const got = await scrape(behind)
  assert.equal(got('stream_batches_total'), subscriber.feed.stats().stream?.batches)
  assert.deepEqual(
    [got('stream_connected'), got('stream_holes_total', { outcome: 'left' })],
    [1, 0],
  )
  await server.kill()
  await say(socket, ports, MESSAGES, MESSAGES)
  await until('the backlog is told', async () => {
    const away = await scrape(metrics)
    return away('bridge_connected') === 0 && (away('bridge_backlog_bytes') ?? 0) > 0
  })
})

test('The dashboard of a bridge shows the stream, its backlog, and when it is away', {
  skip: skip || noBrowser,
}, async (t) => {
  const { server, running, socket, ports } = await watched(t)
  const metrics = await serveMetrics(running, 'http://127.0.0.1:0')
  t.after(() => metrics.close())
  const { page, problems } = await openPage(t)
  await page.goto(metrics.url)
  const tiles = async () => (await page.locator('#tiles').textContent()) ?? ''
  await until('the stream is there', async () => /Streamthere/.test(await tiles()))
  assert.equal(await page.locator('#plot-backlog').count(), 1)
  const stored = page.locator('#ledger tr', {
    has: page.locator('th:text-is("Stored in the stream")'),
  })
  assert.equal(await stored.locator('td').first().textContent(), '1,000')
  await server.kill()
  await say(socket, ports, MESSAGES, MESSAGES)
  await until('the stream is away', async () => /Streamaway/.test(await tiles()))
  await until('it is among what happened', async () =>
    /The stream is away/.test((await page.textContent('#events')) ?? ''),
  )
  await until('a backlog is shown', async () => /Backlog[1-9][\d.]* (KiB|B)/.test(await tiles()))
  assert.deepEqual(problems, [])
})

/** A series that grows by so many bytes each ten seconds. */
const RULE_TEST = (rules: string, step: number, alerts: string) => `
rule_files: [${rules}]
evaluation_interval: 10s
tests:
  - interval: 10s
    input_series:
      - series: 'tickwire_bridge_backlog_bytes{instance="here", feed="market"}'
        values: '2000000+${step}x60'
      - series: 'tickwire_bridge_spill_bytes{instance="here", feed="market"}'
        values: '0x60'
    alert_rule_test:
      - eval_time: 5m
        alertname: TickwireBridgeBacklogGrows
        exp_alerts: ${alerts}
`

test('The alert of a growing backlog is raised while it grows, and not while it stands', {
  skip: lacks('promtool', 'prometheus'),
}, (t) => {
  const rules = resolve('docs/operations/alerts.yaml')
  const raised = (step: number, alerts: string) => {
    const file = join(temporaryFolder(t), 'rules.yaml')
    writeFileSync(file, RULE_TEST(rules, step, alerts))
    return spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
  }
  const quiet = raised(0, '[]')
  assert.equal(quiet.status, 0, quiet.stdout + quiet.stderr)
  const grows = raised(100_000, '[]')
  assert.notEqual(grows.status, 0)
  assert.match(grows.stdout + grows.stderr, /got:\s*\[\s*\d:\s*Labels:\{[^}]*feed="market"/)
})
