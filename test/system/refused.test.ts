import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { onlyObject, readiness, receiveReport } from './cli.js'
import { noVeth, TwoMachines } from './veth.js'

const skip = noVeth()
const PORT = 30_111

async function sendFrom(machines: TwoMachines, ...args: string[]): Promise<SendReport> {
  const sender = machines.tickwire(0, 'send', ...args, '--no-pin', '--json')
  const result = await sender.result
  assert.equal(result.exitCode, 0, result.stderr)
  return onlyObject<SendReport>(result)
}

test('what the queue of an interface drops is refused, and named', { skip }, async (t) => {
  const machines = new TwoMachines(t)
  const url = `udp://${machines.addresses[1]}:${PORT}`
  const queue = 'tc qdisc add dev wire root tbf rate 16kbit burst 1600 limit 1600'
  machines.shell(0, queue)
  const receiver = machines.tickwire(
    1,
    ...['receive', url, '--no-pin', '--json', '--idle-exit-ms', '2000'],
  )
  await readiness(receiver)
  const sent = await sendFrom(machines, url, '--count', '100', '--rate', '0', '--batch', '1')
  const report = await receiveReport(receiver)
  const what = JSON.stringify([sent, report.ledger])
  assert.ok(sent.refused > 0, what)
  assert.equal((sent.messages ?? 0) + sent.refused, 100, what)
  assert.equal(report.delivered, sent.messages, what)
  assert.equal(sent.lines[0]?.refusedBy, 'ENOBUFS', what)
  assert.match(sent.warnings.join(), /ENOBUFS: the queue of its interface is full/)
})

test('what waits for a neighbour that does not answer is refused, and named', {
  skip,
}, async (t) => {
  const machines = new TwoMachines(t)
  machines.shell(
    0,
    'cd /proc/sys/net/ipv4/neigh/wire && echo 50 > retrans_time_ms && echo 1 > mcast_solicit',
  )
  const nobody = `udp://10.77.0.99:${PORT}`
  const sent = await sendFrom(machines, nobody, '--count', '100', '--rate', '100')
  const what = JSON.stringify(sent)
  assert.ok(sent.refused > 0, what)
  assert.equal((sent.messages ?? 0) + sent.refused, 100, what)
  assert.equal(sent.lines[0]?.refusedBy, 'EHOSTUNREACH', what)
  assert.match(sent.warnings.join(), /EHOSTUNREACH: nobody answers/)
})
