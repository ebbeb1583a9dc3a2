import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { measureBacklog } from '../../src/tune/capacity.js'
import { longestStall } from '../../src/tune/longest-stall.js'
import {
  bytesBehindRing,
  mostWithin,
  truesizeBytes,
  truesizeTotals,
} from '../../src/tune/socket-buffer.js'
import { sendAll } from '../native/loopback.js'
import { anyDatagrams, simulate, traceOf } from './traces.js'

test('bytesBehindRing is what a simulated socket buffer holds at most', () => {
  fc.assert(
    fc.property(anyDatagrams, fc.integer({ min: 1, max: 20 }), (datagrams, slots) => {
      const trace = traceOf(datagrams)
      const { releases } = simulate(datagrams, Number.POSITIVE_INFINITY)
      // The slot of the datagram `slots` before is the one that it gets, as soon as it is free.
      const enters = datagrams.map(({ arrivalNs }, i) =>
        Math.max(arrivalNs, releases[i - slots] ?? Number.NEGATIVE_INFINITY),
      )
      const held = datagrams.map(({ arrivalNs }, i) =>
        datagrams
          .slice(0, i + 1)
          .filter((_, j) => enters[j] > arrivalNs)
          .reduce((sum, { payloadBytes }) => sum + truesizeBytes(payloadBytes, 'loopback'), 0),
      )
      const totals = truesizeTotals(trace, 'loopback')
      const actual = bytesBehindRing(measureBacklog(trace).found, totals, slots)
      assert.equal(actual, Math.max(0, ...held))
    }),
  )
})

test('mostWithin is the fullest of all stretches of that length', () => {
  fc.assert(
    fc.property(anyDatagrams, fc.nat(100), (datagrams, windowNs) => {
      const trace = traceOf(datagrams)
      const counts = Float64Array.from({ length: datagrams.length + 1 }, (_, index) => index)
      const within = datagrams.map(
        ({ arrivalNs: from }) =>
          datagrams.filter(({ arrivalNs }) => arrivalNs >= from && arrivalNs <= from + windowNs)
            .length,
      )
      assert.equal(mostWithin(trace, counts, windowNs), Math.max(0, ...within))
    }),
  )
})

test('longestStall tells the slots that one slow message takes', () => {
  const at = (arrivalNs: number, serviceNs = 1) => ({
    ...{ arrivalNs, serviceNs, messages: 1, payloadBytes: 29 },
  })
  const steady = Array.from({ length: 100 }, (_, i) => at(i * 10, i === 50 ? 205 : 1))
  const trace = traceOf(steady)
  const { zeroLossSlots } = measureBacklog(trace)
  assert.equal(zeroLossSlots, 21)
  assert.deepEqual(longestStall(trace, zeroLossSlots), {
    durationNs: 205,
    atNs: 500,
    arrivals: 20,
    costsSlots: 20,
  })
  assert.equal(longestStall(traceOf([at(0, 0)]), 1), null)
})

test('truesizeBytes never falls with the payload, and a device costs no less than the loopback', () => {
  let before = 0
  for (let payload = 0; payload <= 65_507; payload++) {
    const bytes = truesizeBytes(payload, 'loopback')
    assert.ok(bytes >= before && bytes > payload, `${payload} bytes`)
    assert.ok(truesizeBytes(payload, 'device') >= bytes)
    before = bytes
  }
})

test('truesizeBytes is no less than what a real socket charges, and not twice as much', {
  skip: process.platform === 'linux' ? false : 'the model is that of Linux',
}, () => {
  for (const payload of [0, 29, 113, 114, 400, 625, 1400, 1649, 3000]) {
    const receiver = new UdpSocket(false)
    const sender = new UdpSocket(false)
    try {
      receiver.bind('127.0.0.1', 0)
      sender.connect('127.0.0.1', receiver.port())
      const granted = receiver.setReceiveBuffer(65_536)
      const predicted = Math.floor(granted / truesizeBytes(payload, 'loopback'))
      // Enough to overflow the buffer; over the loopback interface a send ends in the other's queue.
      const datagrams = Array.from({ length: 4 * predicted }, () => new Uint8Array(payload))
      assert.equal(sendAll(sender, datagrams.slice(0, predicted)), predicted)
      assert.equal(receiver.drops(), 0, `${predicted} datagrams of ${payload} bytes fit`)
      sendAll(sender, datagrams)
      const held = 5 * predicted - receiver.drops()
      assert.ok(held < 2 * predicted + 2, `${held} fit where ${predicted} were expected`)
    } finally {
      receiver.close()
      sender.close()
    }
  }
})
