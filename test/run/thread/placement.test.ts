import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowedCpus } from '../../../src/native/affinity.js'
import { CpuClaims } from '../../../src/native/cpu-claims.js'
import { type PlacementRequest, place } from '../../../src/run/thread/placement.js'

const skip = process.platform === 'linux' ? false : 'threads are pinned on Linux only'
const cpus = skip === false ? allowedCpus() : []
const [first = 0, second] = cpus

/** Places one receiver where others hold the CPUs of `taken`. */
function placed(taken: readonly number[], parts: Partial<PlacementRequest> = {}) {
  const held = new Set(taken)
  return place({
    receivers: 1,
    cpu: undefined,
    handlerCpu: null,
    handlerThread: false,
    idle: 'park',
    canPin: true,
    tryClaim: (cpu) => !held.has(cpu) && held.add(cpu) !== undefined,
    ...parts,
  })
}

test('place takes the first CPU for the first receiver', { skip }, () => {
  assert.deepEqual(placed([]).receiverCpus, [first])
  assert.equal(placed([]).warnings.length, first === 0 ? 0 : 1)
})

test('place takes the next CPU where another receiver has the first, and says so', {
  skip: skip || (second === undefined && 'there is one CPU'),
}, () => {
  const { receiverCpus, warnings } = placed([first], { receivers: 1 })
  assert.deepEqual(receiverCpus, [second])
  assert.match(warnings.join(), new RegExp(`CPU ${first} already.*CPU ${second}\\. Choose`))
})

test('place shares the first CPU where each has a receiver, and says so', { skip }, () => {
  const { receiverCpus, warnings } = placed(cpus)
  assert.deepEqual(receiverCpus, [first])
  assert.match(warnings.join(), /shares CPU.*--no-pin/)
})

test('place obeys a CPU that was asked for, and warns if it is shared', { skip }, () => {
  const { receiverCpus, warnings } = placed([first], { cpu: first })
  assert.deepEqual(receiverCpus, [first])
  assert.match(warnings.join(), /both will be slow/)
  assert.deepEqual(placed([], { cpu: first }).warnings, [])
})

test('place claims nothing for receivers that are not pinned', { skip }, () => {
  const { receiverCpus, warnings } = placed(cpus, { cpu: null })
  assert.deepEqual([receiverCpus, warnings], [[null], []])
})

test('place knows whether the handler has to share a core with a receiver or a sender', {
  skip,
}, () => {
  const enough = { receivers: cpus.length - 2, handlerThread: true, idle: 'auto' } as const
  const short = { ...enough, receivers: cpus.length - 1 }
  assert.equal(placed([], short).handlerSharesCore, true)
  assert.equal(placed([], { ...short, handlerThread: false }).handlerSharesCore, false)
  if (cpus.length >= 2) assert.equal(placed([], enough).handlerSharesCore, false)
})

test('CpuClaims lets one have a CPU at a time', { skip }, () => {
  const [one, other] = [new CpuClaims(), new CpuClaims()]
  // A number that no machine has: other programs may claim real ones meanwhile.
  const cpu = 1e6 + process.pid
  assert.equal(one.tryClaim(cpu), true)
  assert.equal(other.tryClaim(cpu), false)
  assert.equal(one.tryClaim(cpu), false)
  one.release()
  assert.equal(other.tryClaim(cpu), true)
  other.release()
})
