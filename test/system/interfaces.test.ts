import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noMapped } from '../transport/mapped-reading.js'
import { onlyObject, readiness, receiveReport, type TestProcess } from './cli.js'
import { noVeth, TwoMachines } from './veth.js'

const skip = noVeth() || noMapped()
const PORT = 30_101

/** A receiver on the second machine that is ready. */
async function receiver(machines: TwoMachines, ...args: string[]): Promise<TestProcess> {
  const process = machines.tickwire(1, 'receive', ...args, '--no-pin', '--json')
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
