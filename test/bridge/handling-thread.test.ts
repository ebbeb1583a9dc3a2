import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handlingThread } from '../../src/bridge/handling-thread.js'

const LINE = ['udp://127.0.0.1:9001']
const LINES = [...LINE, 'udp://127.0.0.1:9002']

test('a bridge with too few cores for its threads receives and handles in one', () => {
  assert.equal(handlingThread(LINE, {}, 2, true), 'inline')
  assert.equal(handlingThread(LINE, {}, 3, true), 'own')
  assert.equal(handlingThread(LINES, {}, 3, true), 'inline')
  assert.equal(handlingThread(LINES, { transport: 'socket', handlerCpu: null }, 4, true), 'own')
})

test('a bridge handles in a thread of its own where only that can be, or where it was said', () => {
  assert.equal(handlingThread(LINE, { handlerThread: 'own' }, 1, true), 'own')
  assert.equal(handlingThread(LINE, { handlerThread: 'inline' }, 8, true), 'inline')
  assert.equal(handlingThread(LINE, { handlerCpu: 1 }, 2, true), 'own')
  assert.equal(handlingThread(LINE, { transport: 'portable' }, 2, true), 'own')
  assert.equal(handlingThread(LINE, { transport: 'mapped' }, 2, true), 'own')
  assert.equal(handlingThread(LINE, {}, 2, false), 'own')
  assert.equal(handlingThread(['file:day.pcap'], {}, 2, true), 'own')
  assert.equal(handlingThread(['nats://127.0.0.1:4222/market'], {}, 2, true), 'own')
})
