import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeedStatus } from '../../src/index.js'
import { SHARED_FLAGS } from '../kit/sharing.js'
import { noMapped } from '../transport/mapped-reading.js'
import { onlyObject, readiness, receiveReport, type TestProcess } from './cli.js'
import { handlerModule } from './handler-modules.js'
import { noVeth, TwoMachines } from './veth.js'

const skip = noVeth() || noMapped()
const PORT = 30_101
const GROUP = `udp://239.77.1.1:${PORT}`

/** A receiver on the second machine that is ready. */
async function receiver(machines: TwoMachines, ...args: string[]): Promise<TestProcess> {
  const process = machines.tickwire(1, 'receive', ...args, ...SHARED_FLAGS, '--json')
  await readiness(process)
  return process
}

/** Sends from the first machine, to the end. */
async function sendFrom(machines: TwoMachines, url: string, count: number): Promise<void> {
  const sender = machines.tickwire(0, 'send', url, '--count', `${count}`, '--no-pin', '--json')
  const result = await sender.result
  assert.equal(result.exitCode, 0, result.stderr)
  assert.equal(onlyObject<{ messages: number }>(result).messages, count)
}

/** Gives the second machine another interface, by which nothing comes. */
function addInterface(machines: TwoMachines): void {
  machines.ip(1, 'link', 'add', 'other', 'type', 'veth', 'peer', 'name', 'stub')
  machines.ip(1, 'address', 'add', '10.78.0.2/24', 'dev', 'other')
  machines.ip(1, 'link', 'set', 'other', 'up')
  machines.ip(1, 'link', 'set', 'stub', 'up')
}

test('the mapped transport takes nothing that is for another host', { skip }, async (t) => {
  const machines = new TwoMachines(t)
  const url = `udp://${machines.addresses[1]}:${PORT}`
  const process = await receiver(machines, `udp://0.0.0.0:${PORT}`, '--transport', 'mapped')
  machines.misaddress(0)
  await sendFrom(machines, url, 150)
  machines.ip(0, 'neighbour', 'flush', 'dev', 'wire', 'nud', 'permanent')
  await sendFrom(machines, url, 10)
  process.kill('SIGINT')
  const report = await receiveReport(process)
  assert.deepEqual([report.datagrams, report.delivered], [10, 10])
})

test('the mapped transport takes a group only where it was joined', { skip }, async (t) => {
  const machines = new TwoMachines(t)
  addInterface(machines)
  const onOther = `${GROUP}?interface=other`
  const process = await receiver(machines, onOther, '--transport', 'mapped')
  await sendFrom(machines, GROUP, 20)
  process.kill('SIGINT')
  const report = await receiveReport(process)
  assert.equal(report.datagrams, 0)
  assert.equal(report.lines[0]?.joined, 'other')
  assert.match(report.warnings.join('\n'), /joined on other; it may come by wire instead/)
})

for (const transport of ['socket', 'mapped']) {
  test(`a group is joined again when its interface comes back, ${transport}`, {
    skip,
  }, async (t) => {
    const machines = new TwoMachines(t)
    const { file, written } = handlerModule(
      t,
      `const kinds = []
       export default {
         onMessage() {},
         onStatus({ kind, line }) { kinds.push([kind, line]) },
         onStop() { write(kinds) },
       }`,
    )
    const process = await receiver(machines, GROUP, '--transport', transport, '--handler', file)
    await sendFrom(machines, GROUP, 10)
    machines.takeOut()
    await process.line(/^warning Line A .* is deaf/m)
    machines.putIn()
    await process.line(/^warning Line A .* is joined again/m)
    await sendFrom(machines, GROUP, 10)
    process.kill('SIGINT')
    const report = await receiveReport(process)
    const [line] = report.lines
    assert.deepEqual([line?.datagrams, line?.joined, line?.rejoins], [20, 'wire', 1])
    const kinds = written<[FeedStatus['kind'], number][]>()
    assert.deepEqual(
      kinds.filter(([kind]) => kind === 'line-left' || kind === 'line-joined'),
      [
        ['line-left', 0],
        ['line-joined', 0],
      ],
    )
  })
}

test('a group that may come by several interfaces is warned about', { skip }, async (t) => {
  const machines = new TwoMachines(t)
  addInterface(machines)
  const process = await receiver(machines, GROUP)
  await sendFrom(machines, GROUP, 5)
  process.kill('SIGINT')
  const result = await process.result
  assert.match(result.stderr, /^warning .*joined on wire.*may come by other instead/m)
  const report = onlyObject<{ delivered: number; warnings: string[] }>(result)
  assert.equal(report.delivered, 5)
  assert.equal(report.warnings.length, 1, report.warnings.join('\n'))
})

test('where nothing came the report says what the kernel did with it', { skip }, async (t) => {
  const machines = new TwoMachines(t)
  const [, subscriber] = machines.addresses
  const otherPort = await receiver(machines, `udp://${subscriber}:${PORT}`)
  await sendFrom(machines, `udp://${subscriber}:${PORT + 1}`, 5)
  otherPort.kill('SIGINT')
  assert.match((await receiveReport(otherPort)).warnings.join('\n'), /5 datagrams for ports/)

  machines.shell(1, 'for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 > $f; done')
  machines.ip(0, 'address', 'add', '172.31.9.1/32', 'dev', 'lo')
  machines.ip(0, 'route', 'replace', `${subscriber}/32`, 'dev', 'wire', 'src', '172.31.9.1')
  const filtered = await receiver(machines, `udp://${subscriber}:${PORT}`)
  await sendFrom(machines, `udp://${subscriber}:${PORT}`, 5)
  filtered.kill('SIGINT')
  const { warnings } = await receiveReport(filtered)
  assert.match(warnings.join('\n'), /reverse path filter dropped 5 packets.*rp_filter/)
})
