import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { proof } from '../kit/proof.js'
import { noMapped } from '../transport/mapped-reading.js'
import { noVeth } from './veth.js'

/** In all, over four doors. */
const PACKETS = proof(10_000, 1_000_000)
const SEED = 1 + (Date.now() % 2 ** 30)
const LIMIT_MS = proof(120_000, 3_600_000)
const CHILD = fileURLToPath(new URL('./raw-packets-child.js', import.meta.url))

interface Outcome {
  readonly counts: Readonly<Record<'socket' | 'mapped' | 'server' | 'inbox', number>>
  readonly balanced: readonly boolean[]
  readonly unaccountedRequests: number
  readonly served: readonly number[]
}

test(`${PACKETS} packets of all kinds end nothing, and each is counted (seed ${SEED})`, {
  skip: noVeth() || noMapped(),
}, (t) => {
  const name = `tickwire-${randomBytes(6).toString('hex')}`
  execFileSync('ip', ['netns', 'add', name])
  t.after(() => execFileSync('ip', ['netns', 'delete', name]))
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  const child = ['netns', 'exec', name, process.execPath, CHILD, `${SEED}`, `${PACKETS}`]
  const output = execFileSync('ip', child, { encoding: 'utf8', timeout: LIMIT_MS })
  const outcome = JSON.parse(output) as Outcome
  t.diagnostic(output.trim())
  assert.deepEqual(outcome.balanced, [true, true, true])
  assert.deepEqual(outcome.served, [0, 0])
  for (const [door, count] of Object.entries(outcome.counts)) assert.ok(count > 0, door)
})
