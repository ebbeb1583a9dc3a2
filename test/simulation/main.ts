/**
 * Runs the reading side in simulated worlds:
 *
 *   npm run simulate -- --seeds 100000 --first 1     many seeds; exit code 1 if one breaks a promise
 *   npm run simulate -- --seed 4711 --trace          one seed again, with all that happens
 */
import { parseArgs } from 'node:util'
import { isFailure, runSeed } from './run-seeds.js'
import { scenarioOf } from './scenario.js'

const MOST_SHOWN = 10
const PROGRESS_EVERY = 10_000

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

if (values.seed === undefined) runMany(whole('first', values.first), whole('seeds', values.seeds))
else runOne(whole('seed', values.seed))

function whole(name: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  console.error(`error: --${name} is ${text}. Give a whole number.`)
  process.exit(2)
}

function runOne(seed: number): void {
  console.log(JSON.stringify(scenarioOf(seed), undefined, 1))
  const result = runSeed(seed, values.trace ? (line) => console.log(line) : undefined)
  if (isFailure(result)) {
    console.log(`seed ${seed} fails: ${result.error.message}`)
    if (result.error.name !== 'Violation') console.log(result.error.stack)
    process.exitCode = 1
  } else {
    console.log(`seed ${seed} keeps all promises: ${JSON.stringify(result)}`)
  }
}

function runMany(first: number, count: number): void {
  const startMs = performance.now()
  let failures = 0
  let simulatedNs = 0
  for (let seed = first; seed < first + count; seed++) {
    const result = runSeed(seed)
    if (isFailure(result)) {
      failures++
      if (failures <= MOST_SHOWN)
        console.log(`seed ${seed}: ${result.error.message}\n  ${result.replay}`)
    } else simulatedNs += result.simulatedNs
    const done = seed - first + 1
    if (done % PROGRESS_EVERY === 0) console.log(`${done} seeds, ${failures} failures`)
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  const simulated = Math.round(simulatedNs / 1e9)
  console.log(`${count} seeds, ${failures} failures; ${simulated} s simulated in ${seconds} s`)
  if (failures > 0) process.exitCode = 1
}
