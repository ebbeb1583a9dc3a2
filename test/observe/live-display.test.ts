import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveDisplay } from '../../src/observe/live-display.js'

test('LiveDisplay gives way to a warning, and draws below it', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let screen = ''
  const stream = {
    isTTY: true,
    columns: 80,
    write(text: string) {
      screen += text
      return true
    },
  } as unknown as NodeJS.WriteStream
  const display = new LiveDisplay(stream, { lines: () => ['one', 'two'], line: () => 'one two' })
  t.mock.timers.tick(100)
  screen = ''
  display.yieldTo(() => stream.write('warning\n'))
  const up = '\u001b[1A\u001b[2K'
  assert.equal(screen, `\r${up}${up}warning\n`)
  screen = ''
  t.mock.timers.tick(100)
  assert.equal(screen, '\rone\ntwo\n')
  display.stop()
})

test('A terminal that says that it has 0 columns is drawn on as one of 80', async (t) => {
  let written = ''
  let drawn = () => {}
  const once = new Promise<void>((resolve) => {
    drawn = resolve
  })
  const stream = {
    isTTY: true,
    columns: 0,
    write(text: string) {
      written += text
      if (text.includes('\n')) drawn()
      return true
    },
  }
  const source = { lines: () => ['sent 10 messages'], line: () => '' }
  const display = new LiveDisplay(stream as unknown as NodeJS.WriteStream, source)
  t.after(() => display.stop())
  await once
  assert.match(written, /sent 10 messages/)
})

test('LiveDisplay writes only lines that have changed', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let written = ''
  const stream = {
    isTTY: true,
    columns: 80,
    write(text: string) {
      written += text
      return true
    },
  } as unknown as NodeJS.WriteStream
  let lines = ['one', 'two', 'three']
  const display = new LiveDisplay(stream, { lines: () => lines, line: () => '' })
  t.after(() => display.stop())
  t.mock.timers.tick(100)
  written = ''
  lines = ['one', 'TWO', 'three']
  t.mock.timers.tick(100)
  assert.equal(written, '\r\u001b[2A\u001b[2KTWO\r\u001b[2B')
  written = ''
  t.mock.timers.tick(100)
  assert.equal(written, '')
})
