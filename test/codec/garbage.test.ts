import assert from 'node:assert/strict'
import { PerformanceObserver } from 'node:perf_hooks'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { codeOf, methodOf } from '../../src/codec/table/field-table.js'
import { sessionEpoch } from '../../src/foundation/clock.js'
import type { MessageView } from '../../src/wire/message-view.js'

const MESSAGES = 10_000
/** Of so many rounds even one double that is boxed per message would fill the young generation. */
const ROUNDS = 100
/** The compiler may change its mind once more; what makes garbage with each message makes it in every window. */
const WINDOWS = 5
const ROOM = 64

for (const { name, table, createDispatch } of Object.values(PROTOCOLS)) {
  test(`${name} dispatch to named methods collects no garbage over ${MESSAGES * ROUNDS} messages`, async () => {
    const bytes = new DataView(new ArrayBuffer(MESSAGES * 2 * ROOM))
    const lengths = new Int32Array(MESSAGES)
    for (let i = 0; i < MESSAGES; i++) {
      const message = table.messages[i % table.messages.length]
      assert.ok(message !== undefined)
      lengths[i] = message.length
      for (let at = 0; at < message.length; at++) bytes.setUint8(i * 2 * ROOM + at, (i + at) & 0x7f)
      const { typeOffset = 0 } = table
      if (typeOffset !== null) bytes.setUint8(i * 2 * ROOM + typeOffset, codeOf(message))
    }
    let calls = 0
    // As a user would write it: one method for each message, which looks at the numbers in it.
    const source = table.messages.map((message) => {
      const numbers = message.fields
        .filter(({ reserved, type, unit }) => {
          return reserved !== true && type !== 'text' && type !== 'char' && unit === undefined
        })
        .map((field) => (field.type.endsWith('64') ? `${field.name}Low` : field.name))
        .filter((field) => name !== 'native' || !field.endsWith('Low'))
      const sum = [...numbers.map((field) => `+message.${field}`), '0'].join(' + ')
      return `${methodOf(message)}(message, sequence) { this.sum += (${sum}) & 255; note() }`
    })
    const make = new Function('note', `return { sum: 0, ${source.join(', ')} }`) as (
      note: () => void,
    ) => Record<string, (message: MessageView) => void>
    const dispatch = createDispatch(
      make(() => {
        calls++
      }),
      sessionEpoch(1_700_000_000),
    )
    let collections = 0
    const observer = new PerformanceObserver((list) => {
      collections += list.getEntries().length
    })
    observer.observe({ entryTypes: ['gc'] })
    const windows: number[] = []
    while (windows.length < WINDOWS && !windows.includes(0)) {
      await entriesDelivered()
      collections = 0
      for (let round = 0; round < ROUNDS; round++) {
        for (let i = 0; i < MESSAGES; i++) {
          dispatch.dispatch(bytes, i * 2 * ROOM, lengths[i] ?? 0, i)
        }
      }
      await entriesDelivered()
      windows.push(collections)
    }
    observer.disconnect()
    assert.equal(calls, windows.length * ROUNDS * MESSAGES)
    assert.ok(windows.includes(0), `collections: ${windows.join(', ')}`)
  })
}

/** Entries of collections come in a turn of the event loop that follows the collection's. */
async function entriesDelivered(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate()
}
