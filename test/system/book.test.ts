import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { BOOK_PROTOCOLS, type BookProtocol, type BookState } from '../../src/book/index.js'
import { Market, type MarketOptions } from '../book/market.js'
import { symbolOf } from '../book/market-event.js'
import { RECORDED_SECONDS, STEP_NS, writeRecording } from '../book/recording.js'
import type { ReferenceBook } from '../book/reference.js'
import { IEX } from '../kit/captures.js'
import { runTickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const MESSAGES = 3000
const INSTRUMENT = 2
const PER_DATAGRAM = 3

interface Told {
  readonly protocol: string
  readonly sequence: number
  readonly atNs: string
  readonly state: BookState
  readonly suspect: {
    readonly cause: string
    readonly sinceSequence: number
    readonly messages: number
  } | null
  readonly bids: readonly { price: number; quantity: number; orders: number | null }[]
  readonly asks: readonly { price: number; quantity: number; orders: number | null }[]
  readonly trades: number
  readonly volume: number
  readonly hash: string
  readonly allHash: string
  readonly instruments: number
}

function marketOf(protocol: BookProtocol): MarketOptions {
  return { protocol, seed: 4, instruments: 6, depth: 15 }
}

async function book(t: TestContext, file: string, ...args: readonly string[]): Promise<Told> {
  const { exitCode, stdout, stderr } = await runTickwire(t, [
    ...['book', file, '--instrument', symbolOf(INSTRUMENT), '--depth', '1000', '--json', ...args],
  ])
  assert.equal(exitCode, 0, stderr)
  return JSON.parse(stdout) as Told
}

/** The publisher's book after so many messages. */
function publisherAt(protocol: BookProtocol, messages: number, seed = 4): ReferenceBook {
  const market = new Market({ ...marketOf(protocol), seed })
  for (let i = 0; i < messages; i++) market.next()
  return market.book(INSTRUMENT)
}

function assertLevels(told: Told, reference: ReferenceBook, protocol: BookProtocol): void {
  const ordered = protocol === 'itch50' || protocol === 'deepplus10'
  for (const side of ['bid', 'ask'] as const) {
    const levels = reference.levels(side).map(({ price, quantity, orders }) => {
      return { price: price / 10_000, quantity, orders: ordered ? orders.length : null }
    })
    assert.deepEqual(side === 'bid' ? told.bids : told.asks, levels, side)
  }
  assert.deepEqual([told.trades, told.volume], [reference.trades, reference.volume])
}

/** A made-up market may cross itself: then its book is the publisher's, and says so. */
function stateOf(reference: ReferenceBook): BookState {
  return reference.crossed ? 'suspect' : 'valid'
}

for (const protocol of BOOK_PROTOCOLS) {
  test(`book shows the publisher's ${protocol} book at the end`, async (t) => {
    const file = join(temporaryFolder(t), 'feed.pcap')
    writeRecording(file, marketOf(protocol), MESSAGES, { perDatagram: PER_DATAGRAM })
    const end = await book(t, file)
    const reference = publisherAt(protocol, MESSAGES)
    const { state, sequence } = end
    assert.deepEqual([end.protocol, state, sequence], [protocol, stateOf(reference), MESSAGES])
    assertLevels(end, reference, protocol)
  })
}

test('book shows a book as it was after a message, and at a time', async (t) => {
  const file = join(temporaryFolder(t), 'feed.pcap')
  writeRecording(file, marketOf('deep10'), MESSAGES, { perDatagram: PER_DATAGRAM })
  const after = await book(t, file, '--at-sequence', '1234')
  assert.equal(after.sequence, 1234)
  assertLevels(after, publisherAt('deep10', 1234), 'deep10')
  // The 500th datagram, at 9:30:00.499, and nothing of the one after.
  const time = await book(t, file, '--at', '09:30:00.499')
  assert.equal(time.sequence, 500 * PER_DATAGRAM)
  assert.equal(BigInt(time.atNs), BigInt(RECORDED_SECONDS) * 1_000_000_000n + BigInt(499 * STEP_NS))
  assertLevels(time, publisherAt('deep10', 500 * PER_DATAGRAM), 'deep10')
  const iso = await book(t, file, '--at', '2026-03-02T14:30:00.499Z')
  assert.equal(iso.allHash, time.allHash)
})

test('book says since when and why a book may be wrong', async (t) => {
  const file = join(temporaryFolder(t), 'feed.pcap')
  const market = marketOf('itch50')
  writeRecording(file, market, MESSAGES, { without: (datagram) => datagram === 100 })
  const gap = await book(t, file)
  assert.equal(gap.state, 'suspect')
  assert.deepEqual(gap.suspect?.sinceSequence, 301)
  assert.notEqual((await book(t, file, '--at-sequence', '300')).suspect?.cause, 'gap')
  writeRecording(file, market, MESSAGES, { without: (datagram) => datagram < 10 })
  const late = await book(t, file)
  assert.equal(late.suspect?.cause, 'late-start')
  writeRecording(file, market, MESSAGES, { lostBehind: 4 })
  const { suspect, sequence } = await book(t, file)
  assert.deepEqual([suspect?.sinceSequence, sequence], [MESSAGES + 1, MESSAGES + 4])
})

test('book follows a publisher that begins again, and takes a sequence as of its last run', async (t) => {
  const file = join(temporaryFolder(t), 'feed.pcap')
  writeRecording(file, marketOf('deep10'), MESSAGES, { runs: 2 })
  const told = await book(t, file)
  const reference = publisherAt('deep10', MESSAGES, 5)
  assert.deepEqual([told.state, told.sequence], [stateOf(reference), MESSAGES])
  assertLevels(told, reference, 'deep10')
  assertLevels(await book(t, file, '--at-sequence', '900'), publisherAt('deep10', 900, 5), 'deep10')
})

test('book shows lines for people, and names an instrument that is like an unknown one', async (t) => {
  const file = join(temporaryFolder(t), 'feed.pcap')
  writeRecording(file, marketOf('itch50'), 500)
  const shown = await runTickwire(t, [
    'book',
    file,
    '--instrument',
    symbolOf(INSTRUMENT),
    '--depth',
    '3',
  ])
  assert.equal(shown.exitCode, 0, shown.stderr)
  assert.match(shown.stdout, /ZXZZT {2}(valid|suspect since \d+: crossed, 1 message)\n/)
  assert.match(shown.stdout, /█ +[\d,]+ +\d+\.\d{4} {3}\d+\.\d{4} +[\d,]+ +█/)
  const unknown = await runTickwire(t, ['book', file, '--instrument', 'ZXZZ', '--json'])
  assert.match(unknown.stderr, /No message has named ZXZZ.*Did you mean ZXZZT\?/)
  assert.equal((JSON.parse(unknown.stdout) as Told).state, 'empty')
})

test('diff finds no difference between equal feeds, and the first message after which books differ', async (t) => {
  const folder = temporaryFolder(t)
  const [a, b, c] = ['a.pcap', 'b.pcap', 'c.pcap'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const market = marketOf('deepplus10')
  writeRecording(a, market, MESSAGES)
  writeRecording(b, market, MESSAGES, { perDatagram: 7 })
  let changedAt = 0
  writeRecording(c, market, MESSAGES, {
    instead(event, sequence) {
      if (sequence < 1500 || event.kind !== 'add' || changedAt > 0) return event
      changedAt = sequence
      return { ...event, quantity: event.quantity + 1 }
    },
  })
  const equal = await runTickwire(t, ['diff', a, b, '--json'])
  assert.equal(equal.exitCode, 0, equal.stderr)
  const told = JSON.parse(equal.stdout) as { firstDifference: unknown; messages: number }
  assert.deepEqual([told.firstDifference, told.messages], [null, MESSAGES])
  const other = await runTickwire(t, ['diff', a, c, '--json'])
  assert.equal(other.exitCode, 1, other.stderr)
  const { firstDifference } = JSON.parse(other.stdout) as {
    firstDifference: { sequence: number; instrument: string; a: object; b: object }
  }
  assert.equal(firstDifference.sequence, changedAt)
  assert.notDeepEqual(firstDifference.a, firstDifference.b)
})

test('book reads a real day of TOPS', { skip: IEX.skip }, async (t) => {
  const { exitCode, stdout, stderr } = await runTickwire(t, [
    ...['book', IEX.path, '--instrument', 'SPY', '--json'],
  ])
  assert.equal(exitCode, 0, stderr)
  const told = JSON.parse(stdout) as Told
  assert.deepEqual([told.protocol, told.sequence], ['tops16', 57_674])
  assert.notEqual(told.state, 'suspect')
})

test('book refuses what it cannot read, and says what to do', async (t) => {
  const live = await runTickwire(t, ['book', 'udp://127.0.0.1:9001', '--instrument', 'A'])
  assert.equal(live.exitCode, 2)
  assert.match(live.stderr, /TW_BAD_OPTION.*--framing/)
  const nameless = await runTickwire(t, ['book', 'x.pcap'])
  assert.equal(nameless.exitCode, 2)
  const time = await runTickwire(t, ['book', 'x.pcap', '--instrument', 'A', '--at', 'noon'])
  assert.match(time.stderr, /which is no time/)
})
