import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { readText, TextWriter, textSectionBytes } from '../../src/account/text-section.js'

const ROOM = textSectionBytes(4000)
const MODULE = new URL('../../src/account/text-section.js', import.meta.url)
const READS = 200_000

/** Writes lists of one to a hundred numbers, round and round, until it is told to end. */
const WRITER = `
  const { workerData } = require('node:worker_threads')
  import(workerData.module).then(({ TextWriter }) => {
    const writer = new TextWriter(workerData.memory, 0, workerData.room)
    const over = new Int32Array(workerData.over)
    for (let i = 0; Atomics.load(over, 0) === 0; i++) {
      writer.write(JSON.stringify(Array.from({ length: 1 + (i % 100) }, () => i)))
    }
  })`

test('a text is read as it was written, or not at all', () => {
  const memory = new SharedArrayBuffer(ROOM)
  const writer = new TextWriter(memory, 0, ROOM)
  assert.equal(readText(memory, 0, ROOM), '')
  for (const text of ['one', 'a longer one', '', 'ünï']) {
    assert.equal(writer.write(text), true)
    assert.equal(readText(memory, 0, ROOM), text)
  }
  assert.equal(writer.write('x'.repeat(5000)), false)
  assert.equal(readText(memory, 0, ROOM), 'ünï')
})

test('a text that another thread writes meanwhile is never read in parts', async (t) => {
  const memory = new SharedArrayBuffer(ROOM)
  const over = new SharedArrayBuffer(4)
  const workerData = { memory, over, room: ROOM, module: MODULE.href }
  const worker = new Worker(WRITER, { eval: true, workerData })
  t.after(() => worker.terminate())
  const seen = new Set<string>()
  let whole = 0
  while (whole < READS) {
    const text = readText(memory, 0, ROOM)
    if (text === undefined) continue
    whole++
    if (text === '') {
      // The writer has not begun.
      await new Promise((resolve) => setTimeout(resolve, 1))
      whole = 0
      continue
    }
    const numbers = JSON.parse(text) as number[]
    assert.equal(new Set(numbers).size, 1, text)
    assert.equal(numbers.length, 1 + ((numbers[0] ?? 0) % 100))
    seen.add(text)
  }
  Atomics.store(new Int32Array(over), 0, 1)
  assert.ok(seen.size > 1, 'it was written meanwhile')
})
