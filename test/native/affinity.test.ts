import assert from 'node:assert/strict'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { allowedCpus, noSuchCpu } from '../../src/native/affinity.js'

interface Answer {
  readonly cpus: readonly number[]
  readonly code?: string
  readonly message?: string
}

async function pinInWorker(cpu: number): Promise<Answer> {
  const url = new URL('./affinity-worker.js', import.meta.url)
  const [answer] = await once(new Worker(url, { workerData: cpu }), 'message')
  return answer as Answer
}

test('allowedCpus lists as many processors as Node counts, ascending', () => {
  const cpus = allowedCpus()
  assert.ok(cpus.length >= availableParallelism())
  assert.deepEqual(
    cpus,
    [...cpus].sort((a, b) => a - b),
  )
})

test('pinThread pins the thread that calls it, and no other', async () => {
  const before = allowedCpus()
  for (const cpu of before.slice(0, 4)) {
    assert.deepEqual(await pinInWorker(cpu), { cpus: [cpu] })
  }
  assert.deepEqual(allowedCpus(), before)
})

test('pinThread refuses a processor that is not there and names those that are', async () => {
  const cpus = allowedCpus()
  for (const cpu of [Math.max(...cpus) + 1, 8191, 100_000, -1, 0.5]) {
    const answer = await pinInWorker(cpu)
    assert.equal(answer.code, 'TW_NO_SUCH_CPU', `CPU ${cpu}`)
    assert.match(answer.message ?? '', new RegExp(`CPU ${cpu} .*${cpus.length} .*--no-pin`))
    assert.deepEqual(answer.cpus, cpus, 'nothing was changed')
  }
})

test('noSuchCpu writes the allowed processors as ranges', () => {
  assert.match(noSuchCpu(9, [0, 1, 2, 5, 7, 8]).message, /\(0-2,5,7-8\)/)
  assert.match(noSuchCpu(9, [3]).message, /\(3\)/)
})
