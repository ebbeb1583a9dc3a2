import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { MARGIN_BYTES, surrounded } from '../wire/watched-view.js'
import { anyValue, expectedObject, rangeOf, type WireValue, writeSlowly } from './field-values.js'

for (const { name, table, createViews } of Object.values(PROTOCOLS)) {
  for (const message of table.messages) {
    test(`${name} ${message.name} is read and written as its table says, extremes included`, () => {
      const views = createViews()
      const target = new DataView(new ArrayBuffer(message.length + 16))
      const check = (values: readonly WireValue[]) => {
        const bytes = writeSlowly(table, message, values)
        const view = views.select(surrounded(bytes, 0xa5), MARGIN_BYTES, bytes.length)
        const object = view.toObject()
        assert.deepEqual(object, expectedObject(message, values))
        const length = views.encode(object, target, 7)
        assert.equal(length, bytes.length)
        assert.deepEqual(new Uint8Array(target.buffer, 7, length), bytes)
      }
      const live = message.fields.map((field) =>
        field.reserved === true ? fc.constant(field.type === 'char' ? ' ' : 0n) : anyValue(field),
      )
      fc.assert(fc.property(fc.tuple(...live), check), { numRuns: 300 })
      // Each field at its bounds alone, beside zeros and beside ones.
      for (const [i, field] of message.fields.entries()) {
        if (field.type === 'char' || field.type === 'text' || field.reserved === true) continue
        for (const bound of Object.values(rangeOf(field))) {
          const plain = message.fields.map((other) =>
            other.type === 'char' ? ' ' : other.type === 'text' ? ''.padEnd(other.length ?? 0) : 0n,
          )
          check(plain.map((value, j) => (i === j ? bound : value)))
        }
      }
    })
  }
}
