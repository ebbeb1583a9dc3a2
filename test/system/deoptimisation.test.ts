import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { canUseLibc } from '../../src/native/libc.js'
import { noMapped } from '../transport/mapped-reading.js'
import { CLI_FILE, environment, runSender, TestProcess } from './cli.js'
import { openSocket } from './datagrams.js'
import { handlerModule } from './handler-modules.js'

const COUNT = 40_000
const RATE = 40_000
const ATTEMPTS = 4
const CHILD = join(import.meta.dirname, 'deoptimisation-child.js')
const TRACE = ['--trace-deopt', '--trace-deopt-verbose', '--allow-natives-syntax']
/** What the engine tells of a function whose compiled code met what it was not made for. */
const BAILOUT = /\[bailout \(kind: [\w-]+, reason: ([^)]*)\).*<JSFunction ([^ ]*)/
/** The line behind it names the place, ours or Node's own. */
const OUR_PLACE = /deoptimize at (<file:.*\/src\/.*)/
/** What the collector took of the loop around all turns, with the last object that it was compiled for. */
const COLLECTED = /<SharedFunctionInfo runDutyCycle>.*reason: weak objects/
const ANY = 'udp://127.0.0.1:0'

const skip = canUseLibc() ? false : 'needs Linux'
const noRing = await noMapped()

function traced(t: TestContext, kind: 'receive' | 'send', options: object, messages = 0) {
  const args = [...TRACE, CHILD, kind, JSON.stringify(options), String(messages)]
  return new TestProcess(t, process.execPath, args, environment())
}

/** What of our own code was discarded between the two marks. */
function thrownAway(output: string): string[] {
  const start = output.indexOf('MARK-READY')
  const end = output.indexOf('MARK-END')
  assert.ok(start >= 0 && end > start, `both marks are in the output:\n${output.slice(-2000)}`)
  const found: string[] = []
  let last = ''
  for (const line of output.slice(start, end).split('\n')) {
    const bailout = BAILOUT.exec(line)
    if (bailout !== null) last = `${bailout[2]}: ${bailout[1]}`
    const place = OUR_PLACE.exec(line)
    if (place !== null) found.push(`${last} at ${place[1]}`)
  }
  return found
}

/**
 * What is discarded in every one of some runs: when the engine compiles is chance, and what a function was not
 * rehearsed for shows each time.
 */
async function thrownAwayAlways(run: () => Promise<string>): Promise<string[]> {
  let found: string[] | undefined
  for (let attempt = 0; attempt < ATTEMPTS && found?.length !== 0; attempt++) {
    const inThisRun = thrownAway(await run())
    found = found?.filter((place) => inThisRun.includes(place)) ?? inThisRun
  }
  return found ?? []
}

async function receiveTraced(t: TestContext, options: object, sent: readonly string[] = []) {
  assert.deepEqual(await thrownAwayAlways(() => receiveOnce(t, options, sent)), [])
}

async function receiveOnce(t: TestContext, options: object, sent: readonly string[]) {
  const child = traced(t, 'receive', { endpoint: ANY, handler: null, ...options })
  const [, url = ''] = await child.line(/ready on (\S+)/)
  await runSender(t, [
    ...[url, '--count', String(COUNT), '--rate', String(RATE), '--no-pin', '--json', ...sent],
  ])
  child.kill('SIGINT')
  const { stdout, stderr } = await child.result
  assert.match(stderr, /delivered \d+ of/)
  return stdout
}

test('a receiver and the handler of its own throw no compiled code away once they are ready', {
  skip,
}, async (t) => {
  await receiveTraced(t, {})
})

test('the same with a handler module and MoldUDP64', { skip }, async (t) => {
  const { file } = handlerModule(t, 'export default { onMessage() {} }')
  const framing = 'moldudp64'
  const sent = ['--framing', framing, '--messages-per-datagram', '3', '--linger-ms', '0']
  await receiveTraced(t, { framing, handler: file }, sent)
})

test('nor does a thread that receives and handles', { skip }, async (t) => {
  await receiveTraced(t, { handlerThread: 'inline' })
})

test('nor one to which trains come', { skip }, async (t) => {
  await receiveTraced(t, { handlerThread: 'inline', gro: true }, ['--gso'])
})

test('nor one that reads the mapped ring', { skip: noRing }, async (t) => {
  await receiveTraced(t, { transport: 'mapped' })
})

test('nor does a sender', { skip }, async (t) => {
  const socket = await openSocket(t)
  const endpoint = `udp://127.0.0.1:${socket.port}`
  const sendOnce = async () => {
    const child = traced(t, 'send', { endpoint, count: 100 * COUNT, rate: RATE }, COUNT)
    const { stdout, stderr } = await child.result
    assert.match(stderr, /sent \d+/)
    return stdout
  }
  assert.deepEqual(await thrownAwayAlways(sendOnce), [])
})

test('the loop around the turns of a thread outlives the last collection before it is ready', {
  skip,
}, async (t) => {
  const runs = [
    ['receive', ANY, '--duration-ms', '100'],
    ['receive', ANY, '--duration-ms', '100', '--handler-thread', 'inline'],
    ['send', 'udp://127.0.0.1:9', '--count', '1'],
  ]
  for (const run of runs) {
    const args = ['--trace-deopt', CLI_FILE, ...run, '--no-pin', '--json']
    const { stdout } = await new TestProcess(t, process.execPath, args, environment()).result
    assert.match(stdout, /"command"/)
    assert.deepEqual(
      stdout.split('\n').filter((line) => COLLECTED.test(line)),
      [],
    )
  }
})
