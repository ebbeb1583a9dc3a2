import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HandleLoop } from '../../../src/handle/loop/handle-loop.js'
import type { MessageReader } from '../../../src/handle/message-reader.js'
import { allowedCpus, currentCpu } from '../../../src/native/affinity.js'
import { Doorbell, ParkIdle } from '../../../src/ring/index.js'
import { ParkingAgent } from '../../../src/run/handling/parking-agent.js'

const skip = process.platform === 'linux' ? false : 'only Linux tells which CPU a thread is on'
const SPIN_TURNS = 64
const NOWHERE = -1

/** How often a thread looks again before it sleeps, after a turn that did so much. */
function spinTurns(receiverCpus: readonly number[], work: number): number {
  const park = new ParkIdle(new Doorbell(new SharedArrayBuffer(4), 0), SPIN_TURNS, 1)
  const loop = { doWork: () => work } as unknown as HandleLoop
  const reader = { left: () => 'nothing' } as unknown as MessageReader
  const agent = new ParkingAgent(loop, reader, park, receiverCpus)
  assert.equal(agent.doWork(), work)
  return park.spinTurns
}

test('currentCpu is one of those that the thread may use', { skip }, () => {
  assert.ok(allowedCpus().includes(currentCpu()))
})

test('ParkingAgent sleeps at once on a core that a receiver is pinned to', { skip }, () => {
  assert.equal(spinTurns(allowedCpus(), 0), 0)
})

test('ParkingAgent looks again for a while on any other core, and where none is known', {
  skip,
}, () => {
  assert.equal(spinTurns([NOWHERE], 0), SPIN_TURNS)
  assert.equal(spinTurns([], 0), SPIN_TURNS)
})
