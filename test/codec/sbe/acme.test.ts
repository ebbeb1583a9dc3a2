import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { MessageDispatch, MessageViews } from '../../../src/codec/message-dispatch.js'
import { emitTypeScript } from '../../../src/codec/sbe/emit-module.js'
import { parseSchema } from '../../../src/codec/sbe/parse-schema.js'
import { sbeProtocol } from '../../../src/codec/sbe/sbe-protocol.js'
import { MessageView } from '../../../src/wire/message-view.js'
import { MARGIN_BYTES, surrounded } from '../../wire/watched-view.js'
import { importGenerated } from './generated-module.js'

const XML = readFileSync('examples/acme-venue.xml', 'utf8')
const SCHEMA = parseSchema(XML, 'acme-venue.xml')
const BIG = parseSchema(XML.replace('littleEndian', 'bigEndian'), 'acme-venue.xml')

/** One full message of each kind, with extremes, and the row that tables get. */
const MESSAGES = [
  {
    type: 'trade',
    time: 18446744073709551614n,
    symbol: 'ACME.A',
    price: 9.7,
    priceText: '9.7',
    quantity: 4294967295,
    side: 'Sell',
    conditions: ['Opening', 'Late'],
    venue: 'ACME',
    buyerFee: -0.25,
    buyerFeeText: '-0.25',
    leftover: null,
  },
  {
    type: 'trade',
    time: 0,
    symbol: '',
    price: -9223372036.854776,
    priceText: '-9223372036.854775808',
    quantity: 0,
    side: 'Buy',
    conditions: [],
    venue: 'ACME',
    buyerFee: 2147483647,
    buyerFeeText: '2147483647',
    leftover: 4294967294,
  },
  {
    type: 'book',
    time: 1471872600123456789n,
    symbol: 'ABCDEFGH',
    phase: 'Open',
    homeSide: 'Buy',
    levels: [
      {
        price: 100.5,
        priceText: '100.5',
        side: 'Buy',
        orders: [
          { order: 18446744073709551615n, quantity: 5, owner: 'Zoë' },
          { order: 7, quantity: 6, owner: '' },
        ],
      },
      { price: null, priceText: null, side: 'Sell', orders: [] },
      {
        price: -0.000000001,
        priceText: '-0.000000001',
        side: 'Sell',
        orders: [{ order: 1, quantity: 1, owner: 'x'.repeat(300) }],
      },
    ],
    statistics: [
      { value: 1.5, change: null },
      { value: null, change: -2 },
    ],
    note: 'a note – with a dash',
    signature: Uint8Array.from([0, 255, 7]),
  },
  {
    type: 'book',
    time: 1,
    symbol: 'X',
    phase: null,
    homeSide: 'Buy',
    levels: [],
    statistics: [],
    note: '',
    signature: new Uint8Array(0),
  },
  {
    type: 'instrument',
    symbol: 'ACME',
    range: { low: 1, lowText: '1', high: null, highText: null, steps: 65535, unit: 'Sell' },
    levels: [-32768, 0, 32767],
    permissions: ['Trade', 'Quote', 'Admin'],
    note: null,
    length: 65535,
    ratio: 0.5,
    grade: 255,
  },
  {
    type: 'instrument',
    symbol: 'ACME',
    range: { low: -1, lowText: '-1', high: 2.5, highText: '2.5', steps: 0, unit: 'Buy' },
    levels: [1, 2, 3],
    permissions: [],
    note: 'Äpfel',
    length: 0,
    ratio: -1,
    grade: 0x41,
  },
] as const

/** What a row of a table shows of a plain object: exact numbers, and no texts beside them. */
function rowOf(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(rowOf)
  if (typeof value !== 'object' || value === null) return value
  const pairs = Object.entries(value).filter(([name]) => !name.endsWith('Text') && name !== 'type')
  return Object.fromEntries(pairs.map(([name, each]) => [name, rowOf(each)]))
}

interface Generated {
  readonly views: MessageViews
  readonly createDispatch: (handler: object) => MessageDispatch
}

const generated = (await importGenerated(emitTypeScript(SCHEMA, 'acme-venue.xml'))) as {
  Views: new () => MessageViews
  Dispatch: new (handler: object) => MessageDispatch
  Side: unknown
  Conditions: unknown
}
const WAYS: Readonly<Record<string, Generated>> = {
  'generated module': {
    views: new generated.Views(),
    createDispatch: (handler) => new generated.Dispatch(handler),
  },
  'run-time protocol': {
    views: sbeProtocol(SCHEMA, 'sbe:acme').createViews(),
    createDispatch: (handler) => sbeProtocol(SCHEMA, 'sbe:acme').createDispatch(handler),
  },
  'big-endian protocol': {
    views: sbeProtocol(BIG, 'sbe:acme').createViews(),
    createDispatch: (handler) => sbeProtocol(BIG, 'sbe:acme').createDispatch(handler),
  },
}

for (const [way, { views, createDispatch }] of Object.entries(WAYS)) {
  test(`The ${way} reads what it wrote, field for field`, () => {
    for (const message of MESSAGES) {
      const bytes = new Uint8Array(1024).fill(0xa5)
      const length = views.encode(message, new DataView(bytes.buffer), 5)
      const watched = surrounded(bytes.slice(5, 5 + length), 0x5a)
      const view = views.select(watched, MARGIN_BYTES, length)
      assert.deepEqual(view.toObject(), message)
      assert.deepEqual(bytes[5 + length], 0xa5, 'nothing is written behind the message')
    }
  })

  test(`The ${way} takes a message that is cut anywhere for a fault`, () => {
    let faults = 0
    const dispatch = createDispatch({ onUnknown: () => faults++ })
    let cuts = 0
    for (const message of MESSAGES) {
      const bytes = new Uint8Array(1024)
      const length = views.encode(message, new DataView(bytes.buffer))
      for (let cut = 0; cut < length; cut++, cuts++) {
        dispatch.dispatch(surrounded(bytes.slice(0, cut), 0xff), MARGIN_BYTES, cut, 1)
      }
    }
    assert.equal(dispatch.messageFaults, cuts)
    assert.equal(faults, 0)
  })

  test(`The ${way} names messages to a handler`, () => {
    const calls: string[] = []
    const dispatch = createDispatch({
      onTrade: (message: { type: string }, sequence: number) =>
        calls.push(`onTrade ${message.type} ${sequence}`),
      onMessage: (message: { type: string }) => calls.push(`onMessage ${message.type}`),
    })
    const bytes = new DataView(new ArrayBuffer(1024))
    MESSAGES.forEach((message, i) => {
      dispatch.dispatch(bytes, 0, views.encode(message, bytes), i)
    })
    const unknown = new DataView(new ArrayBuffer(8))
    unknown.setUint32(0, 0xffffffff)
    dispatch.dispatch(unknown, 0, 8, 9)
    assert.deepEqual(calls, [
      'onTrade trade 0',
      'onTrade trade 1',
      'onMessage book',
      'onMessage book',
      'onMessage instrument',
      'onMessage instrument',
      'onMessage unknown',
    ])
    assert.equal(dispatch.unknownMessages, 1)
  })
}

test('The columns of a schema read what its views read, without generated code', () => {
  for (const schema of [SCHEMA, BIG]) {
    const protocol = sbeProtocol(schema, 'sbe:acme')
    const views = protocol.createViews()
    const bytes = new DataView(new ArrayBuffer(1024))
    for (const message of MESSAGES) {
      const view = views.select(bytes, 0, views.encode(message, bytes)) as MessageView
      const kind = protocol.kinds.find(({ name }) => name === message.type)
      const row = kind?.columns.map((column) => [column.name, JSON.parse(column.json(view))])
      const expected = rowOf(message) as Record<string, unknown>
      if (message.type === 'instrument') expected['grade'] = String.fromCharCode(message.grade)
      if ('time' in message) expected['time'] = String(message.time)
      assert.deepEqual(Object.fromEntries(row ?? []), expected)
    }
  }
})

test('A message of an older version has null, no entries and no data for what came later', () => {
  const views = sbeProtocol(SCHEMA, 'sbe:acme').createViews()
  const bytes = new DataView(new ArrayBuffer(1024))
  // Version 0 of the trade: 38 bytes, before the fee.
  views.encode(MESSAGES[0], bytes)
  bytes.setUint16(0, 38, true)
  bytes.setUint16(6, 0, true)
  const { buyerFee, buyerFeeText, leftover, quantity } = views.select(bytes, 0, 46).toObject() as {
    [name: string]: unknown
  }
  assert.deepEqual([buyerFee, buyerFeeText, leftover, quantity], [null, null, null, 4294967295])
  // Version 0 of the book: no statistics, no signature.
  const length = views.encode({ ...MESSAGES[3], statistics: [], note: 'old' } as never, bytes)
  const old = new Uint8Array(bytes.buffer.slice(0, length - 2))
  old.copyWithin(8 + 24 + 8, 8 + 24 + 8 + 3)
  const view = new DataView(old.buffer)
  view.setUint16(6, 0, true)
  const book = views.select(view, 0, length - 5).toObject() as { [name: string]: unknown }
  assert.deepEqual(
    [book['statistics'], book['note'], book['signature']],
    [[], 'old', new Uint8Array(0)],
  )
})

test('A block and entries that are longer than the schema knows are skipped by the wire', () => {
  const views = sbeProtocol(SCHEMA, 'sbe:acme').createViews()
  const bytes = new Uint8Array(1024)
  const length = views.encode(MESSAGES[2], new DataView(bytes.buffer))
  // Three more bytes in the root block, as a later version would have them.
  const longer = new Uint8Array(length + 3)
  longer.set(bytes.subarray(0, 8 + 24))
  longer.fill(0xee, 8 + 24, 8 + 24 + 3)
  longer.set(bytes.subarray(8 + 24, length), 8 + 24 + 3)
  const view = new DataView(longer.buffer)
  view.setUint16(0, 27, true)
  view.setUint16(6, 9, true)
  assert.deepEqual(views.select(view, 0, longer.length).toObject(), MESSAGES[2])
})

test('Groups are read in any order, as often as wanted, and one entry at a time', () => {
  const views = sbeProtocol(SCHEMA, 'sbe:acme').createViews()
  const bytes = new DataView(new ArrayBuffer(1024))
  type Entries = {
    next(): boolean
    count: number
    value: number | null
    orders(): Entries
    order: number
  }
  const book = views.select(bytes, 0, views.encode(MESSAGES[2], bytes)) as unknown as {
    levels(): Entries
    statistics(): Entries
    note: string
  }
  assert.equal(book.note, MESSAGES[2].note)
  const statistics = book.statistics()
  assert.equal(statistics.count, 2)
  assert.throws(() => statistics.value, RangeError, 'before the first entry')
  assert.ok(statistics.next() && statistics.next())
  assert.equal(statistics.value, null)
  const levels = book.levels()
  assert.ok(levels.next())
  const orders = levels.orders()
  assert.ok(orders.next() && orders.next())
  assert.equal(orders.order, 7)
  assert.equal(orders.next(), false)
  assert.throws(() => orders.order, RangeError, 'behind the last entry')
  assert.ok(levels.next())
  assert.equal(levels.orders().next(), false)
  assert.ok(book.statistics().next())
})

test('Groups and data are written in their order; what is left out is empty', () => {
  const protocol = sbeProtocol(SCHEMA, 'sbe:acme')
  const views = protocol.createViews() as unknown as { book: Writer } & MessageViews
  type Writer = {
    init(bytes: DataView): Writer
    startLevels(count: number): { next(): boolean; price: number; startOrders(n: number): Writer }
    startStatistics(count: number): { next(): boolean; value: number }
    next(): boolean
    order: number
    writeNote(text: string): void
    finish(): number
  }
  const bytes = new DataView(new ArrayBuffer(1024))
  const book = views.book.init(bytes)
  const levels = book.startLevels(2)
  assert.ok(levels.next())
  levels.price = 3
  const orders = levels.startOrders(1)
  assert.ok(orders.next())
  orders.order = 8
  assert.ok(levels.next())
  book.writeNote('hello')
  assert.throws(() => book.startStatistics(1), /statistics is written too late/)
  const object = views.select(bytes, 0, book.finish()).toObject() as { [name: string]: unknown }
  assert.deepEqual(object['levels'], [
    {
      price: 3,
      priceText: '3',
      side: 0,
      orders: [{ order: 8, quantity: 0, owner: '' }],
    },
    { price: null, priceText: null, side: 0, orders: [] },
  ])
  assert.deepEqual([object['statistics'], object['note']], [[], 'hello'])
  const announced = views.book.init(bytes)
  announced.startLevels(2).next()
  assert.throws(() => announced.finish(), /2 entries were announced, 1 written/)
})

test('A run-time view extends the view of a message without a layout, and hides no member', () => {
  const views = sbeProtocol(SCHEMA, 'sbe:acme').createViews()
  const bytes = new DataView(new ArrayBuffer(256))
  const length = views.encode(MESSAGES[4], bytes)
  const view = views.select(bytes, 0, length) as unknown as MessageView & { length_: number }
  assert.ok(view instanceof MessageView)
  assert.deepEqual([view.length, view.length_], [length, 65535])
})

test('The generated module has the values of enumerations and the masks of sets', () => {
  assert.deepEqual(generated.Side, { Buy: 66, Sell: 83 })
  assert.deepEqual(generated.Conditions, { Opening: 1, Hidden: 2, Late: 128 })
})
