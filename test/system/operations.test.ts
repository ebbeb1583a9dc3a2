import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bridge } from '../../src/bridge/index.js'
import { receive, send } from '../../src/index.js'
import { serveMetrics } from '../../src/observe/index.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { freePort } from '../kit/ports.js'
import { lacks } from '../kit/programs.js'
import { SHARED } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { temporaryFolder } from './handler-modules.js'
import { ask } from './scrape.js'

const linux = process.platform === 'linux' ? false : 'recovery needs Linux'
const RULES = 'docs/operations/alerts.yaml'
const GRAFANA = 'docs/operations/grafana.json'
const NAME = /\btickwire_\w+/g

test('promtool finds nothing wrong with the alert rules', {
  skip: lacks('promtool', 'prometheus'),
}, () => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', RULES], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /SUCCESS: \d+ rules found/)
})

/** Names of the families that a feed with everything and its sender have, once both are over. */
async function exposedFamilies(t: TestContext): Promise<Set<string>> {
  const server = `udp://127.0.0.1:${await freePort()}`
  const feed = await receive({
    ...SHARED,
    endpoints: 'udp://127.0.0.1:0',
    framing: 'raw',
    recover: server,
    handler: null,
    ...{ cpu: null, count: 10, record: join(temporaryFolder(t), 'feed.pcap') },
  })
  t.after(() => feed.stop().catch(() => {}))
  const sender = await send({
    endpoint: feed.endpoints[0],
    retransmit: server,
    ...{ count: 10, rate: 0, cpu: null },
  })
  t.after(() => sender.stop().catch(() => {}))
  const books = await receive({
    ...SHARED,
    endpoints: 'udp://127.0.0.1:0',
    framing: 'moldudp64',
    protocol: 'itch50',
    ...{ books: true, handler: null, cpu: null },
  })
  await books.stop()
  const families = new Set<string>()
  for (const run of [feed, sender, books, ...(await endedBridge(t))]) {
    const metrics = await serveMetrics(run, 'http://127.0.0.1:0')
    t.after(() => metrics.close())
    await run.finished
    const text = async () => (await ask(`${metrics.url}/metrics`)).body
    await until('the last figures are there', async () => (await text()).includes('garbage'))
    for (const [, name = ''] of (await text()).matchAll(/^# TYPE (\S+)/gm)) families.add(name)
  }
  return families
}

/** A bridge and its subscriber, both over; none where there is no NATS server. */
async function endedBridge(t: TestContext) {
  if (withoutNats() !== false) return []
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await bridge({ to: url, endpoint: 'udp://127.0.0.1:0', cpu: null, create: true })
  const subscriber = await receive({ endpoint: url, handler: null })
  await subscriber.stop()
  await running.stop()
  return [running, subscriber]
}

test('Alert rules, the Grafana dashboard and docs name the metrics that there are', {
  skip: linux,
}, async (t) => {
  const families = await exposedFamilies(t)
  assert.ok(families.size > 30, `${families.size} families`)
  const exists = (name: string) =>
    (withoutNats() !== false && /^tickwire_(bridge|stream)_/.test(name)) ||
    families.has(name) ||
    families.has(name.replace(/_(bucket|sum|count)$/, ''))
  for (const file of [RULES, GRAFANA, 'docs/metrics.md']) {
    const names = readFileSync(file, 'utf8').match(NAME) ?? []
    assert.ok(names.length > 10, file)
    assert.deepEqual(
      [...new Set(names)].filter((name) => !exists(name)),
      [],
      file,
    )
  }
  const documented = new Set(readFileSync('docs/metrics.md', 'utf8').match(NAME))
  assert.deepEqual(
    [...families].filter((name) => !documented.has(name)),
    [],
  )
})

interface GrafanaDashboard {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly description: string
    readonly gridPos: {
      readonly x: number
      readonly y: number
      readonly w: number
      readonly h: number
    }
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

test('The Grafana dashboard has panels with queries, none over another', () => {
  const { panels } = JSON.parse(readFileSync(GRAFANA, 'utf8')) as GrafanaDashboard
  const taken = new Map<string, string>()
  for (const { title, description, gridPos, targets } of panels) {
    assert.ok(description.length > 0 && targets.length > 0, title)
    assert.ok(gridPos.x + gridPos.w <= 24, title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.get(`${x} ${y}`), undefined, title)
        taken.set(`${x} ${y}`, title)
      }
    }
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
})
