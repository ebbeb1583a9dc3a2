import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { DecodeReport } from '../../src/export/decode.js'
import { receive } from '../../src/index.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { writeSample } from '../../src/sample/write-sample.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { proof } from '../kit/proof.js'
import { until } from '../kit/until.js'
import { onlyObject, portOf, runTickwire } from '../system/cli.js'
import { handlerModule, temporaryFolder } from '../system/handler-modules.js'
import { LONG_MS, startBridge } from './feeding.js'

const skip = withoutNats()
const MESSAGES = proof(2500, 200_000)
const SPEED = proof('4', '1')
const FRAMINGS = { itch50: 'moldudp64', deep10: 'iex-tp' } as const
type Kind = keyof typeof FRAMINGS

/** A strategy: what it does with each book, and what all books were in the end. */
const STRATEGY = `
let messages = 0
const tops = {}
export default {
  onMessage() { messages++ },
  onBook(book, change, sequence) {
    tops[book.instrument] = [book.bidPrice, book.bidQuantity, book.askPrice, book.askQuantity]
  },
  onStop(report) { write({ messages, tops, books: report.books }) },
}
`

interface Result {
  readonly messages: number
  readonly tops: Readonly<Record<string, readonly (number | null)[]>>
  readonly books: ReceiveReport['books']
}

async function sample(t: TestContext, kind: Kind, messages: number): Promise<string> {
  const file = join(temporaryFolder(t), `${kind}.pcap`)
  await writeSample({
    ...{ kind, file, messages, instruments: 8, seed: 3, loss: 0 },
    ...{ line: 'a', overwrite: false },
  })
  return file
}

/** Starts the strategy at an endpoint; what it gives is its result once it has had so many messages. */
async function strategyAt(t: TestContext, endpoint: string, kind: Kind) {
  const handler = handlerModule(t, STRATEGY)
  const nats = endpoint.startsWith('nats:')
  const feed = await receive({
    endpoint,
    ...(nats ? { from: 'start' } : { framing: FRAMINGS[kind], protocol: kind }),
    ...(endpoint.startsWith('udp:')
      ? { cpu: null, idle: 'park', receiveBufferBytes: 2 ** 24 }
      : {}),
    ...{ handler: handler.file, books: true, counters: 'off' },
  })
  t.after(() => feed.stop().catch(() => {}))
  return {
    feed,
    after: async (messages: number): Promise<Result> => {
      if (!endpoint.startsWith('file:')) {
        const all = () => feed.stats().delivered >= messages
        await until(`${endpoint} has ${messages}`, all, LONG_MS)
        await feed.stop()
      }
      await feed.finished
      return handler.written<Result>()
    },
  }
}

for (const kind of ['itch50', 'deep10'] as const) {
  test(`A strategy with books of ${kind} ends with the same on the recording, on UDP, and behind the bridge`, {
    skip,
  }, async (t) => {
    const file = await sample(t, kind, MESSAGES)
    const recorded = await (await strategyAt(t, `file:${file}`, kind)).after(0)
    assert.equal(recorded.books?.suspect, 0)
    const server = await NatsServer.start(t)
    const url = server.url('market')
    const running = await startBridge(t, url, {
      ...{ create: true, framing: FRAMINGS[kind], protocol: kind, receiveBufferBytes: 2 ** 24 },
    })
    const live = await strategyAt(t, 'udp://127.0.0.1:0', kind)
    const ports = [running, live.feed].map(({ endpoints }) => portOf(endpoints[0]))
    for (const port of ports) {
      const to = `udp://127.0.0.1:${port}`
      const replayed = await runTickwire(t, ['replay', file, to, '--speed', SPEED])
      assert.equal(replayed.exitCode, 0, replayed.stderr)
    }
    assert.deepEqual(await live.after(recorded.messages), recorded, 'on UDP')
    const behind = await strategyAt(t, url, kind)
    assert.deepEqual(await behind.after(recorded.messages), recorded, 'behind the bridge')
    const { ledger, bridge } = await running.stop()
    assert.deepEqual([ledger.lost.total, bridge.messages], [0, recorded.messages])
  })
}

test('decode, book and diff of a stream tell what they tell of the recording', {
  skip,
}, async (t) => {
  const file = await sample(t, 'itch50', 2000)
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await startBridge(t, url, {
    endpoint: `file:${file}`,
    ...{ create: true, framing: 'moldudp64', protocol: 'itch50', drainMs: LONG_MS },
  })
  const { bridge } = await running.finished
  const folder = temporaryFolder(t)
  const stream = ['--from', 'start']
  const decoded = async (endpoint: string, args: readonly string[]) => {
    const rows = join(folder, `${args.length}.jsonl`)
    const result = await runTickwire(t, [
      ...['decode', endpoint, '-o', rows, '--json', '--protocol', 'itch50', ...args],
    ])
    assert.equal(result.exitCode, 0, result.stderr)
    // A batch has the times of its first and last message only.
    const text = readFileSync(rows, 'utf8').replace(/"receivedNs":"\d+"/g, '')
    return { report: onlyObject<DecodeReport>(result), text }
  }
  const ofFile = await decoded(file, [])
  const ofStream = await decoded(url, [...stream, '--count', `${bridge.messages}`])
  assert.equal(ofStream.text, ofFile.text)
  assert.deepEqual(ofStream.report.byType, ofFile.report.byType)

  const bookOf = async (endpoint: string, args: readonly string[]) => {
    const result = await runTickwire(t, [
      ...['book', endpoint, '--instrument', 'TWA', '--json', '--protocol', 'itch50', ...args],
    ])
    assert.equal(result.exitCode, 0, result.stderr)
    return onlyObject<{ hash: string; allHash: string; bids: unknown; sequence: number }>(result)
  }
  const there = await bookOf(file, [])
  const here = await bookOf(url, [...stream, '--idle-exit-ms', '1000'])
  assert.deepEqual(
    [here.hash, here.allHash, here.bids, here.sequence],
    [there.hash, there.allHash, there.bids, there.sequence],
  )
  const diff = await runTickwire(t, [
    ...['diff', file, url, ...stream, '--idle-exit-ms', '1000', '--json', '--protocol', 'itch50'],
  ])
  assert.equal(diff.exitCode, 0, diff.stderr)
  assert.equal(onlyObject<{ firstDifference: unknown }>(diff).firstDifference, null)
  const refused = await runTickwire(t, ['decode', file, ...stream])
  assert.match(refused.stderr, /TW_BAD_OPTION.*--from/)
})
