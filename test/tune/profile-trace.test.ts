import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LineProfile, ServiceProfile } from '../../src/account/profile/service-profile.js'
import { measureBacklog, playCapacity } from '../../src/tune/capacity.js'
import { neediestLine, traceOfProfile } from '../../src/tune/profile-trace.js'
import { anyDatagrams, simulate } from './traces.js'

/** Whole seconds behind a session's epoch, as real times are. */
const LATER_NS = 1_000e9

interface Slot {
  readonly arrivedNs?: number
  readonly pushedNs?: number
  readonly releasedNs?: number
  readonly messages?: number
}

function profileOf(lines: readonly (readonly Slot[])[], rest: Partial<ServiceProfile> = {}) {
  const profile: ServiceProfile = {
    transport: 'socket',
    framing: 'raw',
    inline: false,
    epochSeconds: 1_700_000_000,
    slots: 65_536,
    slotBytes: 64,
    clockStepNs: 0,
    costNs: { handler: 0, receiver: 0 },
    missed: 0,
    lines: lines.map((slots): LineProfile => {
      const times = (pick: (slot: Slot) => number | undefined) =>
        Float64Array.from(slots, (slot) => (pick(slot) ?? Number.NaN) + LATER_NS)
      return {
        length: slots.length,
        arrivedNs: times(({ arrivedNs }) => arrivedNs),
        pushedNs: times(({ pushedNs }) => pushedNs),
        releasedNs: times(({ releasedNs }) => releasedNs),
        messages: Uint16Array.from(slots, ({ messages }) => messages ?? 1),
        payloadBytes: Uint16Array.from(slots, () => 29),
        datagrams: Uint8Array.from(slots, () => 1),
        kernelDrops: 0,
      }
    }),
    ...rest,
  }
  return profile
}

function first(profile: ServiceProfile) {
  return traceOfProfile(profile, profile.lines[0])
}

test('service is what is left of a slot’s time once waiting is taken off', () => {
  const { trace, arrivals, longestPickUpNs, socketArrivalsNs } = first(
    profileOf([
      [
        { arrivedNs: 0, pushedNs: 5, releasedNs: 25 },
        { arrivedNs: 1, pushedNs: 9, releasedNs: 40 },
        { arrivedNs: 70, pushedNs: 71, releasedNs: 80 },
      ],
    ]),
  )
  assert.equal(arrivals, 'pushed')
  assert.deepEqual([...trace.arrivalsNs], [0, 4, 66])
  assert.deepEqual([...trace.servicesNs], [20, 15, 9])
  assert.equal(longestPickUpNs, 8)
  assert.deepEqual([...(socketArrivalsNs ?? [])], [0, 1, 70])
})

test('arrivals are the kernel’s where nobody hands slots over, or the handler does so itself', () => {
  const slots = [
    { arrivedNs: 0, pushedNs: 50, releasedNs: 60 },
    { arrivedNs: 10, pushedNs: 50, releasedNs: 80 },
  ]
  for (const profile of [
    profileOf([slots.map(({ pushedNs: _, ...slot }) => slot)], { transport: 'mapped' }),
    profileOf([slots], { inline: true }),
  ]) {
    const { trace, arrivals, longestPickUpNs } = first(profile)
    assert.equal(arrivals, 'kernel')
    assert.deepEqual([...trace.arrivalsNs], [0, 10])
    assert.equal(longestPickUpNs, null)
  }
})

test('without kernel time stamps there are arrivals at the ring and none at the socket', () => {
  const { trace, socketArrivalsNs, longestPickUpNs } = first(
    profileOf([[{ pushedNs: 3, releasedNs: 9 }]], { transport: 'portable' }),
  )
  assert.deepEqual([trace.length, socketArrivalsNs, longestPickUpNs], [1, undefined, null])
})

test('a full measuring ring hides arrivals, so the kernel is asked', () => {
  const slots = [
    { arrivedNs: 0, pushedNs: 0, releasedNs: 10 },
    { arrivedNs: 1, pushedNs: 1, releasedNs: 20 },
    { arrivedNs: 2, pushedNs: 10, releasedNs: 30 },
  ]
  const small = first(profileOf([slots], { slots: 2 }))
  assert.deepEqual([small.ringWasFull, small.arrivals], [true, 'kernel'])
  assert.equal(measureBacklog(small.trace).zeroLossSlots, 3)
  const large = first(profileOf([slots], { slots: 4 }))
  assert.deepEqual([large.ringWasFull, large.arrivals], [false, 'pushed'])
})

test('a time stamp that is missing or runs backwards is that of the one before', () => {
  const { trace } = first(
    profileOf(
      [
        [
          { arrivedNs: 10, releasedNs: 20 },
          { releasedNs: 30 },
          { arrivedNs: 4, releasedNs: 40 },
          { arrivedNs: 35, releasedNs: 38 },
        ],
      ],
      { transport: 'mapped' },
    ),
  )
  assert.deepEqual([...trace.arrivalsNs], [0, 0, 0, 25])
  assert.deepEqual([...trace.servicesNs], [10, 10, 10, 0])
})

test('the neediest line is the one with the largest backlog', () => {
  const burst = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ pushedNs: 0, releasedNs: 10 * (i + 1) }))
  assert.equal(neediestLine(profileOf([burst(3), burst(7), burst(5)])), 1)
})

test('the trace of any run with a ring that lost some predicts exactly what it lost', () => {
  fc.assert(
    fc.property(anyDatagrams, fc.integer({ min: 1, max: 12 }), (datagrams, slots) => {
      const played = simulate(datagrams, slots)
      const releases = new Map(played.accepted.map((index, i) => [index, played.releases[i]]))
      const run = datagrams.map(({ arrivalNs, messages }, index) => ({
        arrivedNs: arrivalNs,
        pushedNs: arrivalNs,
        messages,
        ...(releases.has(index) ? { releasedNs: releases.get(index) ?? 0 } : {}),
      }))
      if (run.length === 0) return
      const { trace, thrownAwayMessages, thrownAway } = first(profileOf([run]))
      assert.equal(thrownAway, datagrams.length - played.accepted.length)
      assert.equal(thrownAwayMessages, played.lostMessages)
      assert.equal(playCapacity(trace, slots).lostMessages, played.lostMessages)
    }),
  )
})

test('the trace of any run that lost nothing predicts every smaller ring exactly', () => {
  fc.assert(
    fc.property(anyDatagrams, (datagrams) => {
      if (datagrams.length === 0) return
      const { releases } = simulate(datagrams, Number.POSITIVE_INFINITY)
      const run = datagrams.map(({ arrivalNs, messages }, i) => ({
        arrivedNs: arrivalNs,
        pushedNs: arrivalNs,
        releasedNs: releases[i],
        messages,
      }))
      const { trace } = first(profileOf([run]))
      for (let slots = 1; slots <= 16; slots++) {
        const { lostMessages } = simulate(datagrams, slots)
        assert.equal(playCapacity(trace, slots).lostMessages, lostMessages)
      }
    }),
  )
})
