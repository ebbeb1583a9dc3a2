import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tops16Dispatch } from '../../src/codec/iex/index.js'
import { Itch50Dispatch, Itch50Views } from '../../src/codec/itch50/index.js'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { codeOf, methodOf } from '../../src/codec/table/field-table.js'
import { MessageView } from '../../src/wire/message-view.js'

/** Bytes of a message with that type and nothing else. */
function blank(code: number, length: number): DataView {
  const bytes = new DataView(new ArrayBuffer(length))
  if (length > 0) bytes.setUint8(0, code)
  return bytes
}

for (const { name, table, createDispatch } of Object.values(PROTOCOLS)) {
  test(`${name} dispatch calls the method that names each message`, () => {
    const calls: unknown[] = []
    const handler: Record<string, (message: MessageView, sequence: number) => void> = {}
    for (const message of table.messages) {
      handler[methodOf(message)] = function (this: unknown, view, sequence) {
        assert.equal(this, handler)
        assert.ok(view instanceof MessageView)
        calls.push([message.name, (view as MessageView & { type: string }).type, sequence])
      }
    }
    const dispatch = createDispatch(handler)
    table.messages.forEach((message, i) => {
      dispatch.dispatch(blank(codeOf(message), message.length), 0, message.length, i)
    })
    assert.deepEqual(
      calls,
      table.messages.map(({ name }, i) => [name, name, i]),
    )
    assert.equal(dispatch.messageFaults, 0)
    assert.equal(dispatch.unknownMessages, 0)
  })

  test(`${name} dispatch counts each message that is a byte too short, and tells nobody`, () => {
    const dispatch = createDispatch({
      onMessage: () => assert.fail('told of a fault'),
      onUnknown: () => assert.fail('told of a fault'),
    })
    for (const message of table.messages) {
      const length = message.length - 1
      dispatch.dispatch(blank(codeOf(message), length), 0, length, 1)
    }
    dispatch.dispatch(blank(0, 0), 0, 0, 1)
    assert.equal(dispatch.messageFaults, table.messages.length + 1)
    assert.equal(dispatch.unknownMessages, 0)
  })

  test(`${name} dispatch reads a longer message as far as it is known`, () => {
    const seen: number[] = []
    const dispatch = createDispatch({ onMessage: (view: MessageView) => seen.push(view.length) })
    for (const message of table.messages) {
      const length = message.length + 5
      dispatch.dispatch(blank(codeOf(message), length), 0, length, 1)
    }
    assert.deepEqual(
      seen,
      table.messages.map(({ length }) => length + 5),
    )
  })
}

test('A dispatch gives onMessage what has no method of its own, and unknown types', () => {
  const calls: string[] = []
  const dispatch = new Itch50Dispatch({
    onAddOrder: (message) => calls.push(`add ${message.shares}`),
    onMessage: (message) => calls.push(message.type),
  })
  const bytes = new DataView(new ArrayBuffer(64))
  const views = new Itch50Views()
  dispatch.dispatch(bytes, 0, views.encode({ type: 'addOrder', shares: 7 }, bytes), 1)
  dispatch.dispatch(bytes, 0, views.encode({ type: 'orderDelete' }, bytes), 2)
  dispatch.dispatch(blank(0x7a, 3), 0, 3, 3)
  assert.deepEqual(calls, ['add 7', 'orderDelete', 'unknown'])
  assert.equal(dispatch.unknownMessages, 1)
})

test('A dispatch gives onUnknown the types that the protocol does not know', () => {
  const calls: unknown[] = []
  const dispatch = new Tops16Dispatch({
    onMessage: () => assert.fail('onMessage was called'),
    onUnknown: (message, sequence) => calls.push([message.toObject(), message.fault, sequence]),
  })
  dispatch.dispatch(blank(0x7a, 3), 0, 3, 9)
  assert.deepEqual(calls, [[{ type: 'unknown', bytes: '7a0000' }, false, 9]])
})

test('A dispatch for a handler without methods is silent', () => {
  const dispatch = new Itch50Dispatch({})
  dispatch.dispatch(blank(0x41, 36), 0, 36, 1)
  dispatch.dispatch(blank(0x7a, 1), 0, 1, 1)
  assert.equal(dispatch.messageFaults, 0)
})

test('Views tell an unknown message from one that is too short', () => {
  const views = new Itch50Views()
  assert.equal(views.select(blank(0x41, 35), 0, 35), views.unknown)
  assert.equal(views.unknown.fault, true)
  assert.equal(views.select(blank(0x7a, 35), 0, 35), views.unknown)
  assert.equal(views.unknown.fault, false)
})

test('A view extends the view of a message without a layout', () => {
  const bytes = blank(0x41, 36)
  const view = new Itch50Views().select(bytes, 0, 36)
  assert.ok(view instanceof MessageView)
  assert.deepEqual([view.bytes, view.offset, view.length], [bytes, 0, 36])
})
