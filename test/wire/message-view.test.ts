import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageView } from '../../src/wire/message-view.js'

test('MessageView starts over no memory at all', () => {
  const view = new MessageView()
  assert.equal(view.bytes.byteLength, 0)
  assert.equal(view.offset, 0)
  assert.equal(view.length, 0)
})

test('MessageView.wrap moves the same instance and keeps the memory it is given', () => {
  const bytes = new DataView(new SharedArrayBuffer(64))
  const view = new MessageView()
  assert.equal(view.wrap(bytes, 7, 11), view)
  assert.equal(view.bytes, bytes)
  assert.equal(view.offset, 7)
  assert.equal(view.length, 11)
})
