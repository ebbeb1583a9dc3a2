// Damaged messages: no view and no dispatch throws or reads outside, and each message is accounted for.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { NamedMessageView } from '../../src/codec/message-dispatch.js'
import { PROTOCOLS, type Protocol } from '../../src/codec/protocols.js'
import { parseSchema } from '../../src/codec/sbe/parse-schema.js'
import { sbeProtocol } from '../../src/codec/sbe/sbe-protocol.js'
import { codeOf } from '../../src/codec/table/field-table.js'
import { MessageTally } from '../../src/export/message-tally.js'
import { proof } from '../kit/proof.js'
import { Random } from '../simulation/random.js'
import { MARGIN_BYTES, surrounded } from '../wire/watched-view.js'

const INPUTS = proof(4_000, 1_000_000)
const LIMIT_MS = proof(1_500, 1_800_000)
const SCHEMA = 'examples/acme-venue.xml'
const LONGEST_BYTES = 512

/** A message of each kind, as long as it must be. */
const seeds = new Map<string, readonly Uint8Array[]>(
  Object.values(PROTOCOLS).map(({ name, table }) => [
    name,
    table.messages.map((message) => {
      const bytes = new Uint8Array(message.length)
      if (table.typeOffset !== null) bytes[table.typeOffset ?? 0] = codeOf(message)
      return bytes
    }),
  ]),
)

const acme = sbeProtocol(parseSchema(readFileSync(SCHEMA, 'utf8'), SCHEMA), 'acme')
const level = (orders: number) => ({
  price: 9.7,
  side: 'Buy',
  orders: Array.from({ length: orders }, (_, i) => ({ order: i, quantity: i, owner: 'ABC' })),
})
seeds.set(
  'acme',
  [
    { type: 'trade', price: 9.7, side: 'Buy', conditions: ['Late'] },
    { type: 'book', levels: [level(2), level(0), level(3)], note: 'note' },
  ].map((object) => {
    const bytes = new DataView(new ArrayBuffer(LONGEST_BYTES))
    return new Uint8Array(bytes.buffer, 0, acme.createViews().encode(object, bytes))
  }),
)

function mutate(seed: Uint8Array, random: Random): Uint8Array {
  const length = random.chance(0.4) ? random.whole(0, seed.length + 4) : seed.length
  const bytes = new Uint8Array(length)
  bytes.set(seed.subarray(0, length))
  for (let hits = random.whole(0, 6); hits > 0 && length > 0; hits--) {
    bytes[random.whole(0, length - 1)] = random.chance(0.3)
      ? random.pick([0, 0xff, 0x7f, 0x80])
      : random.whole(0, 255)
  }
  return bytes
}

for (const protocol of [...Object.values(PROTOCOLS), acme] as readonly Protocol[]) {
  test(`${protocol.name} views and dispatch take any bytes, and each message is somewhere`, () => {
    const startMs = performance.now()
    let told = 0
    let inputs = 0
    const reading: object = {
      onMessage(view: NamedMessageView) {
        told++
        view.toObject()
      },
      onUnknown: () => told++,
    }
    const views = protocol.createViews()
    const dispatch = protocol.createDispatch(reading)
    const columns = new Map(protocol.kinds.map(({ name, columns }) => [name, columns]))
    const columnsOf = (type: string) => columns.get(type) ?? []
    let rows = 0
    const writer = {
      write(_: unknown, view: { length: number }) {
        rows++
        const { type } = view as NamedMessageView
        for (const column of columnsOf(type)) {
          if (!column.isNull(view as NamedMessageView)) {
            column.json(view as NamedMessageView)
            column.text(view as NamedMessageView)
            column.exact(view as NamedMessageView)
          }
        }
      },
      finish() {},
    }
    const selection = { types: undefined, instruments: undefined, limit: Number.POSITIVE_INFINITY }
    const tally = new MessageTally(protocol.createViews(), columnsOf, selection, () => writer)
    const own = seeds.get(protocol.name) ?? []
    for (let number = 1; number <= INPUTS && performance.now() - startMs < LIMIT_MS; number++) {
      const random = new Random(number)
      const seed = own[random.whole(0, own.length - 1)] ?? new Uint8Array(0)
      const bytes = mutate(seed, random)
      // What is read outside of it throws, or is told by the poison around it.
      const view = surrounded(bytes, random.whole(0, 255))
      const exact = new DataView(new SharedArrayBuffer(bytes.length))
      new Uint8Array(exact.buffer).set(bytes)
      try {
        dispatch.dispatch(exact, 0, bytes.length, number)
        tally.take(exact, 0, bytes.length, number)
        views.select(view, MARGIN_BYTES, bytes.length).toObject()
      } catch (error) {
        const hex = Buffer.from(bytes).toString('hex')
        throw new Error(`input ${number} (${hex}): ${String(error)}`, { cause: error })
      }
      inputs++
    }
    assert.equal(told + dispatch.messageFaults, inputs)
    const { byType, unknown, messageFaults } = tally.counts()
    const counted = [...Object.values(byType), ...Object.values(unknown)]
    assert.equal(
      counted.reduce((sum, count) => sum + count, messageFaults),
      inputs,
    )
    assert.equal(rows, inputs)
    assert.ok(dispatch.messageFaults > 0 && told > inputs / 10, 'the damage is one-sided')
  })
}
