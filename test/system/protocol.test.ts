import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Tops16Views } from '../../src/codec/iex/index.js'
import { Itch50Views } from '../../src/codec/itch50/index.js'
import { parseSchema } from '../../src/codec/sbe/parse-schema.js'
import { sbeProtocol } from '../../src/codec/sbe/sbe-protocol.js'
import { receive } from '../../src/index.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { encodeMoldSession, writeMoldHeader } from '../../src/wire/moldudp64.js'
import { SHARED } from '../kit/sharing.js'
import { captureFile } from './capture-file.js'
import { onlyObject, runTickwire, startReceiver } from './cli.js'
import { openSocket } from './datagrams.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'

const ANY = 'udp://127.0.0.1:0'
const SCHEMA = 'examples/acme-venue.xml'

/** A handler that notes what it is called with. */
const NOTING = `
const calls = []
const note = (method) => (message, sequence) => {
  calls.push([method, message.type ?? null, sequence, message.price ?? null, message.length])
}
export default {
  onAddOrder: note('onAddOrder'),
  onQuoteUpdate: note('onQuoteUpdate'),
  onTrade: note('onTrade'),
  onUnknown: note('onUnknown'),
  onMessage: note('onMessage'),
  onStop: () => write(calls),
}
`

type Call = readonly [string, string | null, number, number | null, number]

/** Messages as one MoldUDP64 datagram. */
function moldDatagram(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(20 + messages.reduce((sum, { length }) => sum + 2 + length, 0))
  const view = new DataView(bytes.buffer)
  const session = encodeMoldSession('PROTOCOL')
  writeMoldHeader(view, 0, session, 1, messages.length)
  let at = 20
  for (const message of messages) {
    view.setUint16(at, message.length)
    bytes.set(message, at + 2)
    at += 2 + message.length
  }
  return bytes
}

/** Messages as one IEX-TP datagram with that protocol number. */
function iexDatagram(protocol: number, messages: readonly Uint8Array[]): Uint8Array {
  const payload = messages.reduce((sum, { length }) => sum + 2 + length, 0)
  const bytes = new Uint8Array(40 + payload)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 1)
  view.setUint16(2, protocol, true)
  view.setUint32(8, 7, true)
  view.setUint16(12, payload, true)
  view.setUint16(14, messages.length, true)
  view.setUint32(24, 1, true)
  let at = 40
  for (const message of messages) {
    view.setUint16(at, message.length, true)
    bytes.set(message, at + 2)
    at += 2 + message.length
  }
  return bytes
}

function encoded(views: { encode: unknown }, object: unknown, extra = 0): Uint8Array {
  const bytes = new Uint8Array(256)
  const encode = views.encode as (object: unknown, bytes: DataView) => number
  return bytes.slice(0, encode.call(views, object, new DataView(bytes.buffer)) + extra)
}

/** Runs the command line on one datagram, and gives what the handler and the report say. */
async function received(
  t: TestContext,
  datagram: Uint8Array,
  count: number,
  args: readonly string[],
): Promise<{ calls: readonly Call[]; report: ReceiveReport }> {
  const handler = handlerModule(t, NOTING)
  const { process, endpoints } = await startReceiver(t, [
    ...[ANY, ...args, '--handler', handler.file, '--count', String(count), '--no-pin'],
    ...['--first-within-ms', '20000', '--json'],
  ])
  const { send } = await openSocket(t)
  await send(datagram, Number(new URL(endpoints[0] ?? '').port))
  const result = await process.result
  assert.equal(result.exitCode, 0, result.stderr)
  return { calls: handler.written(), report: onlyObject<ReceiveReport>(result) }
}

const itch = new Itch50Views()
const ITCH = moldDatagram([
  encoded(itch, { type: 'addOrder', price: 9.7 }),
  encoded(itch, { type: 'orderDelete' }),
  encoded(itch, { type: 'addOrder', price: 1 }, 4),
  encoded(itch, { type: 'addOrder', price: 2 }).slice(0, 35),
  Uint8Array.of(0x7a, 1, 2),
])

for (const thread of ['own', 'inline']) {
  test(`receive --protocol itch50 names messages to a handler (${thread})`, async (t) => {
    const { calls, report } = await received(t, ITCH, 5, [
      ...['--framing', 'moldudp64', '--protocol', 'itch50', '--handler-thread', thread],
    ])
    assert.deepEqual(calls, [
      ['onAddOrder', 'addOrder', 1, 9.7, 36],
      ['onMessage', 'orderDelete', 2, null, 19],
      ['onAddOrder', 'addOrder', 3, 1, 40],
      ['onUnknown', 'unknown', 5, null, 3],
    ])
    assert.equal(report.protocol, 'itch50')
    assert.deepEqual([report.messageFaults, report.unknownMessages], [1, 1])
    assert.deepEqual([report.delivered, report.ledger.balanced], [5, true])
  })
}

test('receive names the messages of iex-tp as the header says, and leaves others as bytes', async (t) => {
  const quote = encoded(new Tops16Views(), { type: 'quoteUpdate', bidPrice: 1 })
  const tops = await received(t, iexDatagram(0x8003, [quote]), 1, ['--framing', 'iex-tp'])
  assert.deepEqual(tops.calls, [['onQuoteUpdate', 'quoteUpdate', 1, null, 42]])
  assert.equal(tops.report.protocol, 'auto')
  const other = await received(t, iexDatagram(0x8007, [quote]), 1, ['--framing', 'iex-tp'])
  assert.deepEqual(other.calls, [['onMessage', null, 1, null, 42]])
})

test('receive leaves messages as bytes with --protocol none', async (t) => {
  const { calls, report } = await received(t, ITCH, 5, ['--framing', 'moldudp64'])
  assert.deepEqual(
    calls.map(([method, type]) => [method, type]),
    new Array(5).fill(['onMessage', null]),
  )
  assert.deepEqual([report.protocol, report.messageFaults], ['none', 0])
})

test('receive --protocol sbe names messages by a schema', async (t) => {
  const views = sbeProtocol(parseSchema(readFileSync(SCHEMA, 'utf8'), SCHEMA), 'acme').createViews()
  const trade = encoded(views, { type: 'trade', price: 9.7, side: 'Buy' })
  const { calls } = await received(t, moldDatagram([trade, trade.slice(0, 20)]), 2, [
    ...['--framing', 'moldudp64', '--protocol', `sbe:${SCHEMA}`],
  ])
  assert.deepEqual(calls, [['onTrade', 'trade', 1, 9.7, trade.length]])
})

/** Messages as one packet of MDP 3.0. */
function mdp3Datagram(sequence: number, messages: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeUInt32LE(sequence, 0)
  header.writeBigUInt64LE(1_700_000_000_000_000_007n, 4)
  const sized = messages.map((message) => {
    const size = Buffer.alloc(2)
    size.writeUInt16LE(2 + message.length)
    return Buffer.concat([size, message])
  })
  return Uint8Array.from(Buffer.concat([header, ...sized]))
}

test('receive and decode read packets of mdp3 by a schema, live and from a file', async (t) => {
  const views = sbeProtocol(parseSchema(readFileSync(SCHEMA, 'utf8'), SCHEMA), 'acme').createViews()
  const trade = (price: number) => encoded(views, { type: 'trade', price, side: 'Buy' })
  const packet = mdp3Datagram(7, [trade(9.7), trade(1)])
  const protocol = ['--protocol', `sbe:${SCHEMA}`]
  const live = await received(t, packet, 1, ['--framing', 'mdp3', ...protocol])
  const { length } = trade(1)
  assert.deepEqual(live.calls, [
    ['onTrade', 'trade', 7, 9.7, length],
    ['onTrade', 'trade', 7, 1, length],
  ])
  assert.equal(live.report.delivered, 1)

  const file = join(temporaryFolder(t), 'day.pcap')
  const address = { address: '239.1.1.1', port: 9001 }
  const payloads = [packet, mdp3Datagram(8, [trade(2)]), mdp3Datagram(10, [trade(3), trade(4)])]
  writeFileSync(file, captureFile(payloads.map((payload) => ({ ...address, payload }))))
  const handler = handlerModule(t, NOTING)
  const offline = await runTickwire(t, [
    ...['receive', `file:${file}`, '--framing', 'auto', ...protocol, '--handler', handler.file],
    '--json',
  ])
  const report = onlyObject<ReceiveReport>(offline)
  assert.equal(report.framing, 'mdp3')
  const calls = handler.written<readonly Call[]>()
  assert.deepEqual(
    calls.map(([, , sequence, price]) => [sequence, price]),
    [
      [7, 9.7],
      [7, 1],
      [8, 2],
      [10, 3],
      [10, 4],
    ],
  )
  assert.deepEqual(
    [report.ledger.expected, report.delivered, report.ledger.lost.network],
    [4, 3, 1],
  )

  const decoded = await runTickwire(t, ['decode', file, ...protocol, '--stats', '--json'])
  const stats = onlyObject<Record<string, unknown>>(decoded)
  assert.deepEqual(
    [stats['framing'], stats['messages'], stats['gaps'], stats['missing'], stats['byType']],
    ['mdp3', 5, 1, 1, { trade: 5 }],
  )
  const [row] = (await runTickwire(t, ['decode', file, ...protocol])).stdout.split('\n')
  const { sequence, sentNs, price } = JSON.parse(row ?? '') as Record<string, unknown>
  assert.deepEqual([sequence, sentNs, price], [7, '1700000000000000007', 9.7])
})

test('receive refuses to ask for packets of mdp3 again', async (t) => {
  const args = ['--framing', 'mdp3', '--recover', 'udp://127.0.0.1:9']
  const result = await runTickwire(t, ['receive', ANY, ...args])
  assert.equal(result.exitCode, 2, result.stderr)
  assert.match(result.stderr, /TW_BAD_OPTION: --recover means nothing here: MDP 3.0/)
})

test('A loop over a feed with a protocol gets views that tell their type', async (t) => {
  await using feed = await receive({
    endpoint: ANY,
    ...SHARED,
    framing: 'moldudp64',
    protocol: 'itch50',
    count: 5,
    cpu: null,
  })
  const { send } = await openSocket(t)
  await send(ITCH, Number(new URL(feed.endpoints[0] ?? '').port))
  const types: unknown[] = []
  for await (const batch of feed) {
    for (const message of batch) types.push('type' in message ? message.type : null)
  }
  assert.deepEqual(types, ['addOrder', 'orderDelete', 'addOrder', 'unknown', 'unknown'])
})

test('A handler that only names messages is enough, one that names none is refused', async (t) => {
  const named = handlerModule(t, 'export default { onAddOrder() {}, onStop: () => write(1) }')
  const { process, endpoints } = await startReceiver(t, [
    ...[ANY, '--framing', 'moldudp64', '--protocol', 'itch50', '--handler', named.file],
    ...['--count', '5', '--no-pin', '--first-within-ms', '20000', '--json'],
  ])
  const { send } = await openSocket(t)
  await send(ITCH, Number(new URL(endpoints[0] ?? '').port))
  assert.equal((await process.result).exitCode, 0)
  assert.equal(named.written(), 1)
  const none = handlerModule(t, 'export default { onStart() {} }')
  const refused = await runTickwire(t, [
    ...['receive', ANY, '--framing', 'moldudp64', '--protocol', 'itch50'],
    ...['--handler', none.file, '--no-pin'],
  ])
  assert.equal(refused.exitCode, 1)
  assert.match(refused.stderr, /error TW_BAD_HANDLER: .*nor a method that names a message/)
})

const REFUSED: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    'an unknown protocol',
    ['--framing', 'moldudp64', '--protocol', 'itch5'],
    2,
    /TW_BAD_OPTION: There is no protocol "itch5".*Did you mean itch50/,
  ],
  ['a protocol beside raw', ['--protocol', 'itch50'], 2, /TW_BAD_OPTION: .*means nothing beside/],
  [
    'a schema that is not there',
    ['--framing', 'moldudp64', '--protocol', 'sbe:no.xml'],
    1,
    /TW_FILE_NOT_FOUND: The schema .*no\.xml/,
  ],
]

for (const [what, args, exitCode, problem] of REFUSED) {
  test(`receive refuses ${what}`, async (t) => {
    const result = await runTickwire(t, ['receive', ANY, ...args])
    assert.equal(result.exitCode, exitCode, result.stderr)
    assert.match(result.stderr, problem)
  })
}

test('receive refuses a schema that is wrong, with the line', async (t) => {
  const path = join(temporaryFolder(t), 'feed.xml')
  writeFileSync(path, '<messageSchema>\n<types/>\n</messageSchema>')
  const handler = handlerModule(t, 'export default { onMessage() {} }')
  const result = await runTickwire(t, [
    ...['receive', ANY, '--framing', 'moldudp64', '--protocol', `sbe:${path}`],
    ...['--handler', handler.file, '--no-pin'],
  ])
  assert.equal(result.exitCode, 1)
  assert.match(result.stderr, /error TW_BAD_SCHEMA: .*feed\.xml/)
})
