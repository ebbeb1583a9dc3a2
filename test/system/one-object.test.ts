import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EndedBy } from '../../src/foundation/ended-by.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import {
  CLI_FILE,
  environment,
  onlyObject,
  runSender,
  runTickwire,
  startReceiver,
  TestProcess,
} from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'

const ANY = 'udp://127.0.0.1:0'

interface Failure {
  readonly command: string
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string }
  readonly endedBy?: EndedBy
}

const WRONG: Readonly<Record<string, string>> = {
  'receive --slotz 64': 'TW_BAD_OPTION',
  'receive --slots 1000': 'TW_BAD_OPTION',
  'receive tcp://127.0.0.1:1': 'TW_BAD_ENDPOINT',
  'receive --handler no-such-handler.js': 'TW_FILE_NOT_FOUND',
  'recieve 9001': 'TW_BAD_OPTION',
  'replay no-such-file.pcap': 'TW_FILE_NOT_FOUND',
}

for (const [line, code] of Object.entries(WRONG)) {
  test(`tickwire ${line} --json prints one object, with the error in it`, async (t) => {
    const result = await runTickwire(t, [...line.split(' '), '--json'])
    const { command, error } = onlyObject<Failure>(result)
    assert.equal(command, line.split(' ')[0])
    assert.equal(error.code, code)
    assert.ok(error.message.length > 0 && error.remedy.length > 0)
    assert.equal(result.exitCode, code.startsWith('TW_BAD') ? 2 : 1)
    assert.match(result.stderr, new RegExp(`^error ${code}: `, 'm'))
  })
}

test('a handler that throws has its error beside the report, in one object', async (t) => {
  const { file } = handlerModule(t, `export default { onMessage() { throw new Error('boom') } }`)
  const args = [ANY, '--handler', file, '--count', '10', '--json']
  const { process, endpoints } = await startReceiver(t, args)
  await runSender(t, [endpoints[0] ?? '', '--count', '10'])
  const report = onlyObject<ReceiveReport & Failure>(await process.result)
  assert.equal(report.error.code, 'TW_HANDLER_THREW')
  assert.equal(report.endedBy, 'failure')
  assert.equal(report.ledger.expected, 10)
})

const ENDINGS = {
  duration: ['--duration-ms', '100'],
  idle: ['--first-within-ms', '100'],
} as const

for (const [endedBy, flags] of Object.entries(ENDINGS)) {
  test(`receive ${flags.join(' ')} says that it was ended by ${endedBy}`, async (t) => {
    const result = await runTickwire(t, ['receive', ANY, ...flags, '--json'])
    assert.equal(result.exitCode, 0, result.stderr)
    assert.equal(onlyObject<ReceiveReport>(result).endedBy, endedBy)
  })
}

test('a known total is what ends both sides', async (t) => {
  const { process, endpoints } = await startReceiver(t, [ANY, '--count', '10', '--json'])
  const sent = await runSender(t, [endpoints[0] ?? '', '--count', '10'])
  assert.equal(sent.endedBy, 'count')
  assert.equal(onlyObject<ReceiveReport>(await process.result).endedBy, 'count')
})

/** Sends SIGINT in the very moment in which somebody listens for it. */
const EARLY_SIGNAL = `data:text/javascript,process.on('newListener', (name) => {
  if (name === 'SIGTERM') setImmediate(() => process.kill(process.pid, 'SIGINT'))
})`

test('a signal that comes before the command is loaded still gives the report', async (t) => {
  const args = ['--import', EARLY_SIGNAL, CLI_FILE, 'receive', ANY, '--json']
  const process = new TestProcess(t, globalThis.process.execPath, args, environment())
  const result = await process.result
  assert.equal(result.exitCode, 0, result.stderr)
  const report = onlyObject<ReceiveReport>(result)
  assert.equal(report.endedBy, 'signal')
  assert.equal(report.ledger.balanced, true)
})

test('a signal to a command that has nothing to report yet gives an object that says so', async (t) => {
  const args = ['--import', EARLY_SIGNAL, CLI_FILE, 'demo', '--json']
  const process = new TestProcess(t, globalThis.process.execPath, args, environment())
  const result = await process.result
  assert.equal(result.exitCode, 130, result.stderr)
  const { command, error, endedBy } = onlyObject<Failure>(result)
  assert.deepEqual([command, error.code, endedBy], ['demo', 'TW_STOPPED', 'signal'])
})

test('a reader of standard error that goes away ends a run in order, with its report', async (t) => {
  const file = join(temporaryFolder(t), 'latency.txt')
  const args = [ANY, '--stale-ms', '200', '--histogram', file, '--json']
  const { process, port } = await startReceiver(t, args)
  process.closeErrors()
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0), port)
  // The alarm that nothing more comes is what finds nobody there.
  const result = await process.result
  assert.equal(result.exitCode, 0)
  const report = onlyObject<ReceiveReport>(result)
  assert.equal(report.delivered, 1)
  assert.equal(report.endedBy, 'abort')
  assert.ok(report.warnings.some((warning) => /stale/.test(warning)))
  assert.ok(readFileSync(file, 'utf8').length > 0)
})

test('a reader of standard output that goes away ends a run in order, with its files', async (t) => {
  const file = join(temporaryFolder(t), 'latency.txt')
  const { process } = await startReceiver(t, [ANY, '--histogram', file])
  process.closeOutput()
  const { exitCode } = await process.result
  assert.equal(exitCode, 0)
  assert.ok(readFileSync(file, 'utf8').length > 0)
})

test('a mistyped option leaves the files that it would write as they are', async (t) => {
  const folder = temporaryFolder(t)
  for (const [command, flag] of [
    ['receive', '--histogram'],
    ['receive', '--profile'],
    ['tune', '--svg'],
    ['bench', '--svg'],
  ] as const) {
    const file = join(folder, `${command}${flag}`)
    writeFileSync(file, 'kept')
    const result = await runTickwire(t, [command, flag, file, '--slots', '1000'])
    assert.equal(result.exitCode, 2, result.stderr)
    assert.equal(readFileSync(file, 'utf8'), 'kept')
  }
})
