import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnsOf } from '../../src/codec/column/column.js'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { MessageView } from '../../src/wire/message-view.js'
import { anyValue, slowDecimal, writeSlowly } from './field-values.js'

for (const { name, table } of Object.values(PROTOCOLS)) {
  test(`The columns of ${name} read each field exactly`, () => {
    const view = new MessageView()
    for (const message of table.messages) {
      const columns = columnsOf(table, message)
      const fields = message.fields.filter((field) => field.reserved !== true)
      assert.deepEqual(
        columns.map((column) => column.name),
        fields.map((field) => field.name),
      )
      const check = (values: readonly (bigint | number | string)[]) => {
        const bytes = writeSlowly(table, message, values)
        view.wrap(new DataView(bytes.buffer), 0, bytes.length)
        for (const [i, field] of message.fields.entries()) {
          const column = columns.find((one) => one.name === field.name)
          const value = values[i] ?? 0n
          if (column === undefined) continue
          assert.equal(column.isNull(view), false)
          if (typeof value === 'string') {
            const text = field.type === 'text' ? value.trimEnd() : value
            assert.equal(column.text(view), text)
            assert.equal(JSON.parse(column.json(view)), text)
            continue
          }
          const exact = BigInt(value)
          assert.equal(BigInt(column.exact(view)), exact)
          assert.equal(column.number(view), Number(exact))
          if (field.decimals !== undefined) {
            assert.equal(column.text(view), slowDecimal(exact, field.decimals))
            assert.equal(column.json(view), slowDecimal(exact, field.decimals))
          } else {
            assert.equal(column.text(view), String(exact))
            const quoted = field.unit?.startsWith('ns') || !Number.isSafeInteger(Number(exact))
            assert.equal(column.json(view), quoted ? `"${exact}"` : String(exact))
          }
        }
      }
      fc.assert(fc.property(fc.tuple(...message.fields.map(anyValue)), check), { numRuns: 100 })
    }
  })
}

test('Columns say what their values are', () => {
  const { table } = PROTOCOLS.itch50
  const [message] = table.messages.filter((one) => one.name === 'addOrder')
  assert.ok(message !== undefined)
  const facts = columnsOf(table, message).map(({ name, kind, bits, signed, decimals, unit }) => [
    name,
    kind,
    bits,
    signed,
    decimals,
    unit,
  ])
  assert.deepEqual(facts, [
    ['stockLocate', 'integer', 16, false, null, null],
    ['trackingNumber', 'integer', 16, false, null, null],
    ['timestamp', 'time', 48, false, null, 'ns-of-day'],
    ['orderReferenceNumber', 'integer', 64, false, null, null],
    ['side', 'code', 0, false, null, null],
    ['shares', 'integer', 32, false, null, null],
    ['stock', 'text', 0, false, null, null],
    ['price', 'decimal', 32, false, 4, null],
  ])
})
