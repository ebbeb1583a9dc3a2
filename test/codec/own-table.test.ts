import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { emitTableModule } from '../../src/codec/generate/emit-table-module.js'
import type { MessageDispatch, MessageViews } from '../../src/codec/message-dispatch.js'
import { parseTable } from '../../src/codec/table/parse-table.js'
import { ITCH50 } from '../../src/codec/tables/itch50.js'
import { TickwireError } from '../../src/foundation/errors.js'
import { importGenerated } from './sbe/generated-module.js'

const TABLE = parseTable(readFileSync('examples/own-quote.json', 'utf8'), 'own-quote.json')

interface Quotes {
  readonly AcmeQuotesViews: new () => MessageViews
  readonly AcmeQuotesDispatch: new (handler: object) => MessageDispatch
}

const QUOTE = {
  type: 'quote',
  sentAt: 1471872600123456789n,
  symbol: 'ACME',
  bidPrice: 9.7,
  bidPriceText: '9.7',
  askPrice: -9223372036.854776,
  askPriceText: '-9223372036.854775808',
  bidSize: 4294967295,
  askSize: 0,
}

test("A module for a user's own table of 40 bytes stands alone, and reads what it wrote", async () => {
  const generated = await importGenerated(emitTableModule(TABLE, 'own-quote.json'))
  const { AcmeQuotesViews, AcmeQuotesDispatch } = generated as unknown as Quotes
  const views = new AcmeQuotesViews()
  const bytes = new DataView(new ArrayBuffer(64))
  assert.equal(views.encode(QUOTE, bytes, 3), 40)
  assert.equal(bytes.getBigUint64(3, true), QUOTE.sentAt)
  assert.equal(bytes.getBigInt64(3 + 16, true), 9_700_000_000n)
  assert.deepEqual(views.select(bytes, 3, 40).toObject(), QUOTE)
  const calls: unknown[] = []
  const dispatch = new AcmeQuotesDispatch({
    onQuote: (message: { bidPrice: number }, sequence: number) =>
      calls.push([message.bidPrice, sequence]),
  })
  dispatch.dispatch(bytes, 3, 40, 7)
  dispatch.dispatch(bytes, 3, 39, 8)
  assert.deepEqual(calls, [[9.7, 7]])
  assert.equal(dispatch.messageFaults, 1)
})

test('A module for a table with many messages stands alone', async () => {
  const generated = await importGenerated(emitTableModule(ITCH50, 'itch50.json'))
  const { Itch50Views } = generated as { Itch50Views: new () => MessageViews }
  const views = new Itch50Views()
  const bytes = new DataView(new ArrayBuffer(64))
  const length = views.encode({ type: 'addOrder', stock: 'ACME', price: 9.7 } as never, bytes)
  const object = views.select(bytes, 0, length).toObject() as { [name: string]: unknown }
  assert.deepEqual([object['stock'], object['priceText']], ['ACME', '9.7'])
})

const field = { name: 'a', type: 'u32', offset: 0 }
const messages = [{ name: 'm', fields: [field] }]
const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ['what is no JSON', undefined, /no JSON/],
  ['a list', [], /not an object/],
  ['a table without messages', { name: 'x', messages: [] }, /no messages/],
  ['a name that is no name', { name: 'X-1', messages }, /camelCase/],
  ['an unknown byte order', { name: 'x', byteOrder: 'middle', messages }, /byteOrder/],
  [
    'an unknown type',
    { name: 'x', messages: [{ name: 'm', fields: [{ ...field, type: 'u24' }] }] },
    /m\.a\.type is "u24"/,
  ],
  [
    'an offset that is no number',
    { name: 'x', messages: [{ name: 'm', fields: [{ ...field, offset: -1 }] }] },
    /m\.a\.offset/,
  ],
  [
    'fields that lie over each other',
    { name: 'x', messages: [{ name: 'm', fields: [field, { ...field, name: 'b', offset: 3 }] }] },
    /m\.b begins within a/,
  ],
  [
    'two fields of one name',
    { name: 'x', messages: [{ name: 'm', fields: [field, { ...field, offset: 4 }] }] },
    /two fields of m are called a/,
  ],
  [
    'several messages without a type',
    { name: 'x', messages: [...messages, { name: 'n', fields: [] }] },
    /typeOffset/,
  ],
  [
    'a message without a code',
    { name: 'x', typeOffset: 0, messages: [{ name: 'm', fields: [{ ...field, offset: 1 }] }] },
    /m has no code/,
  ],
  [
    'a field over the type',
    { name: 'x', typeOffset: 0, messages: [{ name: 'm', code: 'A', fields: [field] }] },
    /over the type/,
  ],
  [
    'decimals of a text',
    {
      name: 'x',
      messages: [
        { name: 'm', fields: [{ name: 'a', type: 'text', length: 4, offset: 0, decimals: 2 }] },
      ],
    },
    /no integer/,
  ],
  [
    'a text without a length',
    { name: 'x', messages: [{ name: 'm', fields: [{ name: 'a', type: 'text', offset: 0 }] }] },
    /length/,
  ],
  [
    'a length that cuts a field',
    { name: 'x', messages: [{ name: 'm', length: 3, fields: [field] }] },
    /m\.length/,
  ],
]

for (const [what, value, problem] of REFUSED) {
  test(`A field table is refused for ${what}, with the place`, () => {
    assert.throws(
      () => parseTable(value === undefined ? '{' : JSON.stringify(value), 'own.json'),
      (error) =>
        error instanceof TickwireError &&
        error.code === 'TW_BAD_SCHEMA' &&
        problem.test(error.message) &&
        error.message.startsWith('own.json: '),
    )
  })
}
