import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { receive } from '../../src/index.js'
import { writeSample } from '../../src/sample/write-sample.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { until } from '../kit/until.js'
import { temporaryFolder } from '../system/handler-modules.js'
import { LONG_MS, startBridge } from './feeding.js'

const skip = withoutNats()
const SAMPLED = {
  tops16: { framing: 'iex-tp', whats: { quoteUpdate: 'quote', tradeReport: 'trade' } },
  deep10: { framing: 'iex-tp', whats: { tradeReport: 'trade' } },
  itch50: { framing: 'moldudp64', whats: { trade: 'trade' } },
} as const

/** The newest message of each value: its sequence, by symbol and what it is. */
type Newest = Map<string, number>

async function newestOf(kind: keyof typeof SAMPLED, file: string): Promise<Newest> {
  const { framing, whats } = SAMPLED[kind]
  const names: Readonly<Record<string, string>> = whats
  const newest: Newest = new Map()
  const views = PROTOCOLS[kind].createViews()
  const feed = await receive({ endpoint: `file:${file}`, framing, protocol: kind })
  for await (const batch of feed) {
    while (batch.next()) {
      const { bytes, offset, length } = batch.message
      const view = views.select(bytes, offset, length) as unknown as Record<string, unknown>
      const what = names[String(view['type'])]
      if (what === undefined) continue
      newest.set(`${view['symbol'] ?? view['stock']}.${what}`, batch.sequence)
    }
  }
  return newest
}

async function sampled(t: TestContext, kind: keyof typeof SAMPLED): Promise<string> {
  const file = join(temporaryFolder(t), `${kind}.pcap`)
  await writeSample({
    ...{ kind, file, messages: 3000, instruments: 8, seed: 5, loss: 0 },
    ...{ line: 'a', overwrite: false },
  })
  return file
}

for (const kind of ['tops16', 'deep10', 'itch50'] as const) {
  test(`A late joiner of ${kind} gets the last value of each instrument, with its own sequence`, {
    skip,
  }, async (t) => {
    const file = await sampled(t, kind)
    const newest = await newestOf(kind, file)
    assert.ok(newest.size > 0)
    const server = await NatsServer.start(t)
    const url = server.url('market')
    const { framing } = SAMPLED[kind]
    const running = await startBridge(t, url, {
      endpoint: `file:${file}`,
      ...{ framing, create: true, drainMs: LONG_MS },
      ...(kind === 'itch50' ? { protocol: kind } : {}),
    })
    const { bridge, ledger } = await running.finished
    assert.ok(bridge.lastValues >= newest.size)
    const sequences: number[] = []
    const late = await receive({ endpoint: url, from: 'last', counters: 'off' })
    t.after(() => late.stop().catch(() => {}))
    const reading = (async () => {
      for await (const batch of late) while (batch.next()) sequences.push(batch.sequence)
    })()
    await until('all last values are there', () => sequences.length >= newest.size, LONG_MS)
    await until('the rest is told', () => late.stats().ledger.skipped > 0)
    const report = await late.stop()
    await reading
    assert.deepEqual(
      sequences,
      [...newest.values()].sort((a, b) => a - b),
    )
    assert.deepEqual([report.ledger.lost.total, report.ledger.balanced], [0, true])
    assert.ok(report.ledger.skipped < ledger.expected)
  })
}
