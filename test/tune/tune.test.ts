import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TickwireError } from '../../src/foundation/errors.js'
import { ringLayout } from '../../src/ring/layout.js'
import { measureBacklog, playCapacity } from '../../src/tune/capacity.js'
import { tune } from '../../src/tune/tune.js'
import { traceOf } from './traces.js'

/** Bursts of `burst` at one time, a millisecond apart. */
function bursts(count: number, burst: number, serviceNs: number) {
  return traceOf(
    Array.from({ length: count }, (_, i) => ({
      arrivalNs: Math.floor(i / burst) * 1e6,
      serviceNs,
      messages: 1,
      payloadBytes: 29,
    })),
  )
}

test('tune has a row for each power of two up to 65,536, each as if it were played alone', () => {
  const trace = bursts(2000, 100, 9000)
  const result = tune(trace, { slotBytes: 64 })
  const { capacities, zeroLossSlots } = result.measured
  assert.equal(zeroLossSlots, 100)
  assert.deepEqual(
    capacities.map(({ slots }) => slots),
    Array.from({ length: 17 }, (_, i) => 2 ** i),
  )
  for (const traffic of [result.measured, ...result.denser]) {
    assert.equal(traffic.zeroLossSlots, measureBacklog(trace, traffic.factor).zeroLossSlots)
    for (const row of traffic.capacities) {
      const alone = playCapacity(trace, row.slots, traffic.factor)
      assert.equal(row.lostMessages, alone.lostMessages)
      assert.deepEqual(row.waitNs, alone.waitNs)
      assert.equal(row.lossPercent, (100 * alone.lostMessages) / 2000)
      assert.equal(row.bytes, ringLayout(row.slots, 64).totalBytes)
      assert.equal(row.receiveBufferBytes === 0, row.slots >= traffic.zeroLossSlots)
    }
  }
})

test('tune recommends a power of two that loses nothing of traffic half as dense again', () => {
  const { recommended, denser } = tune(bursts(2000, 100, 9000), { slotBytes: 64 })
  // Busy for 90 % of the time as measured, so with half as much again every burst adds to a backlog.
  assert.ok((denser[0].zeroLossSlots ?? 0) > 128)
  assert.equal(recommended.trafficMargin, 1.5)
  assert.ok(recommended.slots >= denser[0].zeroLossSlots)
  assert.ok(recommended.slots < 2 * denser[0].zeroLossSlots)
  assert.equal(recommended.sustainable, false)
  const calm = tune(bursts(2000, 100, 2000), { slotBytes: 64 }).recommended
  assert.deepEqual([calm.slots, calm.sustainable], [128, true])
  assert.deepEqual(calm.sysctl, ['net.core.rmem_max=4194304', 'net.core.netdev_max_backlog=2048'])
})

test('tune of a single burst knows no share of time, and all else', () => {
  const { measured, recommended, burstiness } = tune(bursts(300, 300, 1000), { slotBytes: 64 })
  assert.equal(measured.busyPercent, null)
  assert.equal(measured.zeroLossSlots, 300)
  assert.equal(recommended.slots, 512)
  assert.deepEqual(burstiness, [{ ratePerSecond: 1e6, backlog: 300, slots: 300 }])
})

test('tune goes beyond 65,536 slots where the traffic does', () => {
  const { measured } = tune(bursts(70_000, 70_000, 10), { slotBytes: 64 })
  assert.equal(measured.capacities.at(-1)?.slots, 131_072)
  assert.equal(measured.capacities.at(-1)?.lostMessages, 0)
})

test('tune refuses a trace without a message', () => {
  const heartbeat = { arrivalNs: 0, serviceNs: 0, messages: 0, payloadBytes: 40 }
  for (const datagrams of [[], [heartbeat]]) {
    assert.throws(
      () => tune(traceOf(datagrams), { slotBytes: 64 }),
      (error) => error instanceof TickwireError && error.code === 'TW_NO_TRAFFIC',
    )
  }
})
