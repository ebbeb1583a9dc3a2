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
