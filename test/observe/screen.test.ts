import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { openSync } from 'node:fs'
import { test } from 'node:test'
import { formatSparkline } from '../../src/observe/format.js'
import { Screen } from '../../src/observe/top/screen.js'

class FakeTerminal extends EventEmitter {
  readonly fd = openSync('/dev/null', 'w')
  columns = 20
  rows = 3
  written = ''

  write(text: string): boolean {
    this.written += text
    return true
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with one.
const MOVE = /\u001b\[\d+;1H/g

test('Screen writes only lines that have changed, and ten times a second at most', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const terminal = new FakeTerminal()
  let lines = ['one', 'two', 'three', 'four']
  const screen = new Screen(terminal as unknown as typeof process.stdout, undefined, {
    lines: () => lines,
    onKey() {},
    onInterrupt() {},
  })
  t.after(() => screen.close())
  assert.match(terminal.written, /\?1049h/)
  screen.draw()
  assert.equal(terminal.written.match(MOVE)?.length, 3, 'no more lines than there are rows')
  terminal.written = ''
  lines = ['one', 'TWO', 'three']
  screen.draw()
  screen.draw()
  assert.equal(terminal.written, '', 'too soon')
  t.mock.timers.tick(100)
  assert.equal(terminal.written, '\u001b[2;1HTWO\u001b[0m\u001b[K')
  terminal.written = ''
  lines = ['a line that is longer than the terminal is wide']
  t.mock.timers.tick(100)
  terminal.emit('resize')
  t.mock.timers.tick(100)
  assert.ok(terminal.written.includes('\u001b[1;1Ha line that is longe\u001b[0m'))
})

test('Screen leaves no listener behind when it is closed', () => {
  const before = process.listenerCount('exit') + process.listenerCount('SIGHUP')
  const terminal = new FakeTerminal()
  const source = { lines: () => [], onKey() {}, onInterrupt() {} }
  const screen = new Screen(terminal as unknown as typeof process.stdout, undefined, source)
  assert.equal(process.listenerCount('exit') + process.listenerCount('SIGHUP'), before + 2)
  screen.close()
  assert.equal(process.listenerCount('exit') + process.listenerCount('SIGHUP'), before)
  assert.equal(terminal.listenerCount('resize'), 0)
})

test('A sparkline reaches from 0 to the largest value, and has a hole where there is none', () => {
  assert.equal(formatSparkline([0, 5, null, 10], 5), ' ▁▅ █')
  assert.equal(formatSparkline([1, 2, 3], 2), '▆█')
  assert.equal(formatSparkline([0, 0], 2), '▁▁')
})
