import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  FEED,
  FEED_LINE,
  feedLineCounters,
  LINE_STATE,
} from '../../../src/account/feed-counters.js'
import { LINE } from '../../../src/account/line-counters.js'
import { currentEpoch } from '../../../src/foundation/clock.js'
import { AlarmWatch } from '../../../src/run/feed/alarm-poller.js'
import { createFeedData, feedStateOf, lineCountersOf } from '../../../src/run/memory/feed-data.js'
import { planReceive } from '../../../src/run/options/receive-plan.js'
import { place } from '../../../src/run/thread/placement.js'

const LOOK_MS = 200
const NOT_PLACED = place({
  ...{ receivers: 2, cpu: null, handlerCpu: null, handlerThread: false },
  ...{ idle: 'auto', canPin: false },
})

/** A watch over two lines whose counters the test writes, with a clock that the test moves. */
function watchedFeed(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const plan = planReceive({ endpoints: ['udp://127.0.0.1:9001', 'udp://127.0.0.1:9002'] })
  const data = createFeedData(plan, 'portable', NOT_PLACED, currentEpoch(), 'off', () => {})
  const state = feedStateOf(data)
  const told: string[] = []
  const watch = new AlarmWatch(data, ({ kind, line }) => told.push(`${kind} ${line}`))
  t.after(() => watch.stop())
  return {
    counters: state.counters,
    line: (line: number) => feedLineCounters(state.counters, line),
    received: (line: number) => lineCountersOf(data, line),
    look(): string[] {
      t.mock.timers.tick(LOOK_MS)
      return told.splice(0)
    },
  }
}

test('AlarmWatch tells of a line that falls silent, once, and of its coming back', (t) => {
  const feed = watchedFeed(t)
  assert.deepEqual(feed.look(), [])
  const counts = feed.line(1)
  counts[FEED_LINE.silentAlarms] = 1
  counts[FEED_LINE.state] = LINE_STATE.silent
  assert.deepEqual(feed.look(), ['line-silent 1'])
  assert.deepEqual(feed.look(), [])
  counts[FEED_LINE.state] = LINE_STATE.live
  assert.deepEqual(feed.look(), ['line-live 1'])
  assert.deepEqual(feed.look(), [])
})

test('AlarmWatch tells of alarms that came and went between two looks', (t) => {
  const feed = watchedFeed(t)
  feed.line(0)[FEED_LINE.behindAlarms] = 2
  feed.counters[FEED.staleAlarms] = 1
  assert.deepEqual(feed.look(), ['line-behind 0', 'line-live 0', 'stale -1', 'live -1'])
})

test('AlarmWatch tells of a feed that is stale until it is heard again', (t) => {
  const feed = watchedFeed(t)
  feed.counters[FEED.staleAlarms] = 1
  feed.counters[FEED.stale] = 1
  assert.deepEqual(feed.look(), ['stale -1'])
  assert.deepEqual(feed.look(), [])
  feed.counters[FEED.stale] = 0
  assert.deepEqual(feed.look(), ['live -1'])
})

test('AlarmWatch tells once of a line whose receive calls go on failing', (t) => {
  const feed = watchedFeed(t)
  const received = feed.received(1)
  received[LINE.receiveErrors] = 1
  assert.deepEqual([...feed.look(), ...feed.look(), ...feed.look()], [], 'one failure is none')
  for (let look = 0; look < 2; look++) {
    received[LINE.receiveErrors] += 1000
    assert.deepEqual(feed.look(), [])
  }
  received[LINE.receiveErrors] += 1000
  assert.deepEqual(feed.look(), ['line-failing 1'])
  received[LINE.receiveErrors] += 1000
  assert.deepEqual(feed.look(), [])
  assert.deepEqual(feed.look(), ['line-live 1'])
})
