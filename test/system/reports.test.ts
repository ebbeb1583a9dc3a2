// Each command, run once with --json: what it prints has every field that is promised, with its type.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { until } from '../kit/until.js'
import { onlyObject, type ProcessResult, runTickwire, startReceiver } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'
import { assertReport, type REPORTS } from './report-shape.js'

const ANY = 'udp://127.0.0.1:0'
const SAMPLE = ['--messages', '5000', '--instruments', '4']
const ITCH = ['--framing', 'moldudp64', '--protocol', 'itch50']

type Command = keyof typeof REPORTS

/** The object that a process printed, which is of this command and has what it shall. */
function checked(
  { exitCode, ...result }: ProcessResult,
  shape: Command,
  wanted = { exitCode: 0 },
): Record<string, unknown> {
  const report = onlyObject<Record<string, unknown>>({ exitCode, ...result })
  assert.equal(exitCode, wanted.exitCode, result.stderr)
  assert.equal(report['command'], shape === 'capture' ? 'receive' : shape)
  assertReport(shape, report)
  return report
}

/** Runs a command to its end. */
async function run(t: TestContext, shape: Command, args: readonly string[], exitCode = 0) {
  return checked(await runTickwire(t, [...args, '--json']), shape, { exitCode })
}

/** Recordings of lines A and B, each with losses of its own. */
async function recordings(t: TestContext) {
  const folder = temporaryFolder(t)
  const [a, b] = [join(folder, 'a.pcap'), join(folder, 'b.pcap')]
  await run(t, 'sample', ['sample', 'itch50', a, ...SAMPLE, '--loss', '0.01'])
  await run(t, 'sample', ['sample', 'itch50', b, ...SAMPLE, '--loss', '0.02', '--line', 'b'])
  return { folder, a, b }
}

test('receive, decode, record, replay and tune report of a recording what is promised', async (t) => {
  const { folder, a } = await recordings(t)
  await run(t, 'capture', ['receive', `file:${a}`, ...ITCH, '--books'])
  await run(t, 'decode', ['decode', a, '--protocol', 'itch50', '--stats'])
  const rows = ['--type', 'addOrder', '-o', join(folder, 'rows.csv')]
  await run(t, 'decode', ['decode', a, '--protocol', 'itch50', ...rows])
  await run(t, 'record', ['record', join(folder, 'again.pcap'), `file:${a}`, ...ITCH])
  await run(t, 'replay', ['replay', a, 'udp://127.0.0.1:9', '--speed', '0'])
  await run(t, 'tune', ['tune', '--pcap', a, '--service-ns', '1000'])
})

test('book, diff and compare report every field that is promised, with its type', async (t) => {
  const { a, b } = await recordings(t)
  const one = ['--protocol', 'itch50', '--type', 'addOrder', '--limit', '1']
  const decoded = await runTickwire(t, ['decode', a, ...one])
  const { stock } = JSON.parse(decoded.stdout) as { stock: string }
  await run(t, 'book', ['book', a, '--protocol', 'itch50', '--instrument', stock])
  const different = await run(t, 'diff', ['diff', a, b, '--protocol', 'itch50'], 1)
  assert.equal(different['endedBy'], 'abort')
  const same = await runTickwire(t, ['diff', a, a, '--protocol', 'itch50', '--json'])
  const { firstDifference, endedBy } = onlyObject<Record<string, unknown>>(same)
  assert.deepEqual([same.exitCode, firstDifference, endedBy], [0, null, 'end-of-file'])
  await run(t, 'compare', ['compare', a, b])
})

test('send and receive, and stat, loss, top and doctor of them, report what is promised', async (t) => {
  const live = await startReceiver(t, [ANY, '--json'])
  const { process: receiver, port } = live
  await run(t, 'send', ['send', live.endpoints[0] ?? '', '--count', '100'])
  // Sequences 100 to 109 are nowhere.
  const socket = await openSocket(t)
  await socket.send(rawDatagram(110, 10), port)
  const target = `${receiver.pid}`
  await until('the loss is in the log', async () => {
    const { losses } = onlyObject<{ losses: unknown[] }>(
      await runTickwire(t, ['loss', target, '--json']),
    )
    return losses.length > 0
  })
  await run(t, 'loss', ['loss', target])
  await run(t, 'stat', ['stat', target])
  await run(t, 'top', ['top', target, '--interval-ms', '100'])
  const doctor = onlyObject(await runTickwire(t, ['doctor', target, '--json']))
  assertReport('doctor', doctor)
  receiver.kill('SIGTERM')
  const { endedBy } = checked(await receiver.result, 'receive')
  assert.equal(endedBy, 'signal')
})

test('generate reports what ended it, as every command', async (t) => {
  const out = join(temporaryFolder(t), 'venue.ts')
  await run(t, 'generate', ['generate', 'examples/acme-venue.xml', '--out', out])
})

test('bridge reports what is promised', { skip: withoutNats() }, async (t) => {
  const server = await NatsServer.start(t)
  const { a } = await recordings(t)
  await run(t, 'bridge', ['bridge', server.url('market'), `file:${a}`, ...ITCH, '--create'])
})
