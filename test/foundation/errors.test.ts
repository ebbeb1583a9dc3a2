import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badOption } from '../../src/foundation/errors.js'

test('An error text from outside is cut where nobody would read it', () => {
  const { what, message } = badOption('x'.repeat(100_000), 'Choose one.')
  assert.ok(message.length < 2100, `${message.length} characters`)
  assert.match(what, /… \(98,000 more characters\)$/)
  assert.match(message, /Choose one\.$/)
})
