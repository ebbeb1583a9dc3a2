import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventLog } from '../../src/observe/log/event-log.js'

test('EventLog writes ten lines of a kind in a second, and counts what it left out', () => {
  const lines: string[] = []
  const log = new EventLog('json', 'feed', (line) => lines.push(line))
  for (let i = 0; i < 25; i++) log.note({ event: 'gap', text: 'lost', figures: { i } }, 1000 + i)
  log.note({ event: 'stale', text: 'silent' }, 1030)
  const written = () => lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>)
  const first = written()
  assert.equal(first.length, 11)
  assert.deepEqual(first[0], {
    ...{ time: '1970-01-01T00:00:01.000Z', event: 'gap', feed: 'feed', i: 0, text: 'lost' },
  })
  assert.equal(first[10]?.['event'], 'stale', 'another kind has lines of its own')
  log.flush(1500)
  assert.equal(lines.length, 0, 'the second is not over')
  log.flush(2000)
  assert.deepEqual(written(), [
    {
      ...{ time: '1970-01-01T00:00:02.000Z', event: 'left-out', feed: 'feed', of: 'gap' },
      ...{ count: 15, text: '15 events "gap" left out' },
    },
  ])
  log.note({ event: 'gap', text: 'lost' }, 2001)
  log.close(2002)
  assert.equal(written().length, 1)
})

test('EventLog writes text on one line, with the time of the event', () => {
  const lines: string[] = []
  const log = new EventLog('text', 'udp://x', (line) => lines.push(line))
  log.note({ event: 'restart', text: 'the publisher restarted', atMs: 5 }, 1000)
  assert.deepEqual(lines, ['1970-01-01T00:00:00.005Z restart udp://x: the publisher restarted'])
})
