import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as wire from '../../src/wire/index.js'

test('createFraming makes each framing under its own name', () => {
  assert.deepEqual([...wire.FRAMING_NAMES], ['raw', 'iex-tp'])
  for (const name of wire.FRAMING_NAMES) assert.equal(wire.createFraming(name).name, name)
})

test('createFraming makes a new one each time, so that two lines share no state', () => {
  assert.notEqual(wire.createFraming('raw'), wire.createFraming('raw'))
})

test('createFraming makes the classes that the entry exports', () => {
  assert.ok(wire.createFraming('raw') instanceof wire.RawFraming)
  assert.ok(wire.createFraming('iex-tp') instanceof wire.IexTpFraming)
})
