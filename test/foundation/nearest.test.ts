import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../src/foundation/nearest.js'

const WORDS = ['slots', 'slotBytes', 'session', 'staleMs', 'stages']

test('The nearest word is the one with the fewest changes', () => {
  assert.equal(nearest('slotz', WORDS), 'slots')
  assert.equal(nearest('sotls', WORDS), 'slots')
  assert.equal(nearest('slotbytes', WORDS), 'slotBytes')
  assert.equal(nearest('sesion', WORDS), 'session')
})

test('A word that is the beginning of a known one is near it, whatever its length', () => {
  assert.equal(nearest('sess', WORDS), 'session')
})

test('Words that are not alike are not near', () => {
  assert.equal(nearest('endpoint', WORDS), undefined)
  assert.equal(nearest('x', WORDS), undefined)
})
