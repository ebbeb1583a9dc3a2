import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { onlyObject, type ProcessResult, runSender, runTickwire, startReceiver } from './cli.js'
import { portIsFree } from './datagrams.js'
import { handlerModule } from './handler-modules.js'

const ANY = 'udp://127.0.0.1:0'
const COUNT = 1000

interface Failure {
  readonly result: ProcessResult
  readonly report: ReceiveReport
  readonly port: number
}

/** Runs a handler that fails while 1,000 messages come, and gives what is left to see. */
async function runToFailure(
  t: TestContext,
  source: string,
  options: readonly string[],
): Promise<Failure> {
  const { file } = handlerModule(t, source)
  const { process, endpoints, port } = await startReceiver(t, [
    ...[ANY, '--handler', file, '--json', ...options],
  ])
  await runSender(t, [endpoints[0] ?? '', '--count', String(COUNT), '--rate', '0'])
  const result = await process.result
  return { result, report: onlyObject<ReceiveReport>(result), port }
}

function assertAccounted({ result, report }: Failure, delivered: number): void {
  assert.equal(result.exitCode, 1, result.stderr)
  assert.equal(report.ledger.balanced, true, JSON.stringify(report.ledger))
  assert.equal(report.delivered, delivered)
  const { expected, lost } = report.ledger
  assert.equal(expected, delivered + lost.total)
}

for (const thread of ['own', 'inline']) {
  const placed = ['--handler-thread', thread]

  test(`a handler that throws ends the run with its report, ${thread} thread`, async (t) => {
    const source = `export default {
      onMessage(message, sequence) { if (sequence === 100) throw new Error('boom at 100') },
    }`
    const failure = await runToFailure(t, source, [...placed, '--count', String(COUNT)])
    assert.match(failure.result.stderr, /^error TW_HANDLER_THREW: .*sequence 100\b.*boom at 100/m)
    assertAccounted(failure, 100)
    assert.equal(failure.report.ledger.expected, COUNT)
    assert.equal(failure.report.ledger.lost.total, COUNT - 100)
  })

  test(`a handler that throws without a count leaves a balanced report, ${thread}`, async (t) => {
    const source = `export default { onMessage() { throw 'not even an error' } }`
    const failure = await runToFailure(t, source, placed)
    assert.match(failure.result.stderr, /^error TW_HANDLER_THREW: .*not even an error/m)
    assertAccounted(failure, 0)
  })

  test(`a handler that blocks for ever is ended, and the rest accounted for, ${thread}`, async (t) => {
    const source = `export default {
      onMessage(message, sequence) { if (sequence === 100) for (;;); },
    }`
    const failure = await runToFailure(t, source, [...placed, '--idle-exit-ms', '500'])
    assert.match(failure.result.stderr, /^error TW_HANDLER_STUCK: .*sequence 100\b/m)
    assertAccounted(failure, 100)
  })

  test(`a handler that calls process.exit ends its run with the report, ${thread}`, async (t) => {
    const source = `export default {
      onMessage(message, sequence) { if (sequence === 100) process.exit(0) },
    }`
    const failure = await runToFailure(t, source, [...placed, '--count', String(COUNT)])
    assert.match(failure.result.stderr, /^error TW_(THREAD_DIED|HANDLER_EXITED): /m)
    assertAccounted(failure, 100)
  })

  test(`a handler that kills its process leaves no orphan on the port, ${thread}`, async (t) => {
    const { file } = handlerModule(
      t,
      `export default { onMessage() { process.kill(process.pid, 'SIGKILL') } }`,
    )
    const { process, endpoints, port } = await startReceiver(t, [ANY, '--handler', file, ...placed])
    await runSender(t, [endpoints[0] ?? '', '--count', '1'])
    assert.equal((await process.result).signal, 'SIGKILL')
    assert.equal(await portIsFree(port), true)
  })
}

test('a handler that throws in onGap or onStop ends the run with its report', async (t) => {
  const { file } = handlerModule(
    t,
    `export default { onMessage() {}, onStop() { throw new Error('boom at the end') } }`,
  )
  const { process, endpoints } = await startReceiver(t, [
    ...[ANY, '--handler', file, '--count', '10', '--json'],
  ])
  await runSender(t, [endpoints[0] ?? '', '--count', '10'])
  const result = await process.result
  assert.equal(result.exitCode, 1)
  assert.equal(onlyObject<ReceiveReport>(result).delivered, 10)
  assert.match(result.stderr, /^error TW_HANDLER_THREW: .*onStop.*boom at the end/m)
})

const BAD_MODULES = {
  'without onMessage': ['export default { onStart() {} }', 'TW_BAD_HANDLER', /onMessage/],
  'without a default export': ['export const onMessage = 1', 'TW_BAD_HANDLER', /default export/],
  'with an onMessage that is no function': [
    'export default { onMessage: 1 }',
    'TW_BAD_HANDLER',
    /onMessage/,
  ],
  'with a syntax error': ['export default {', 'TW_BAD_HANDLER', /could not be loaded/],
  'that throws at import': [`throw new Error('at import')`, 'TW_BAD_HANDLER', /at import/],
  'with a class that cannot be made': [
    `export default class { constructor() { throw new Error('in new') } onMessage() {} }`,
    'TW_BAD_HANDLER',
    /in new/,
  ],
  'that throws in onStart': [
    `export default { onMessage() {}, onStart() { throw new Error('in start') } }`,
    'TW_HANDLER_THREW',
    /onStart.*in start/,
  ],
} as const

for (const thread of ['own', 'inline']) {
  for (const [what, [source, code, words]] of Object.entries(BAD_MODULES)) {
    test(`a handler module ${what} is refused before the start, ${thread}`, async (t) => {
      const { file } = handlerModule(t, source)
      const result = await runTickwire(t, [
        ...['receive', ANY, '--handler', file, '--handler-thread', thread],
        ...['--duration-ms', '20000', '--json'],
      ])
      assert.equal(result.exitCode, 1)
      assert.match(result.stderr, new RegExp(`^error ${code}: `, 'm'))
      assert.match(result.stderr, words)
    })
  }
}

test('a handler module that is not there is an error', async (t) => {
  const result = await runTickwire(t, ['receive', ANY, '--handler', 'no-such-handler.js'])
  assert.equal(result.exitCode, 1)
  assert.equal(result.stdout, '')
  assert.match(result.stderr, /^error TW_FILE_NOT_FOUND: .*no-such-handler\.js/m)
})
