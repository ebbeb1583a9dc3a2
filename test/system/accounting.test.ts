import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ReceiveReport, receive } from '../../src/index.js'
import type { ReceiveOptions } from '../../src/run/options/receive-options.js'
import { proof } from '../kit/proof.js'
import { receiveReport, startHotReceiver } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { type FloodResult, openFlood } from './peers.js'

const RUNS = proof({ 'drop-newest': 2, wait: 1 }, { 'drop-newest': 4, wait: 3 })
const COUNT = 200_000
const IDLE_EXIT_MS = 800
const NARROW: ReceiveOptions = {
  endpoints: 'udp://127.0.0.1:0',
  receiveBufferBytes: 4096,
  slots: 64,
  handler: null,
  workNs: 5000,
}

const flood = await openFlood()
const skip = typeof flood === 'string' ? flood : false

function sendFlood(port: number, count: number): Promise<FloodResult> {
  if (typeof flood === 'string') throw new Error(flood)
  return flood.send(port, count)
}

/** Nothing is missing that this machine lost: not in the middle, not behind the last arrival. */
function assertEveryMessageHasItsPlace(report: ReceiveReport, sent: number, run: string): void {
  const { ledger } = report
  const { kernel, ring, network, invalid } = ledger.lost
  const what = `${run}: ${JSON.stringify(ledger)}, ${JSON.stringify(report.lines)}`
  assert.equal(ledger.balanced, true, what)
  assert.equal(ledger.delivered + (kernel ?? 0) + ring, sent, what)
  assert.equal(ledger.expected, sent, what)
  assert.deepEqual([network, invalid, ledger.duplicates], [0, 0, 0], what)
  assert.equal(report.lines[0]?.kernelDrops, kernel, what)
}

/**
 * A sender that gets no core for as long as the receiver waits is refused afterwards: such a run says nothing,
 * and is repeated.
 */
async function floodOnce(
  t: TestContext,
  options: ReceiveOptions,
  run: string,
  repeats = 5,
): Promise<void> {
  const feed = await receive({ ...NARROW, ...options })
  t.after(() => feed.stop())
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  const { sent, refused } = await sendFlood(port, COUNT)
  const report = await feed.finished
  if (refused > 0 && options.idleExitMs !== undefined && repeats > 0) {
    await floodOnce(t, options, run, repeats - 1)
    return
  }
  assert.equal(refused, 0)
  assertEveryMessageHasItsPlace(report, sent, run)
  assert.ok(report.ledger.lost.total > 0, 'a flood into a narrow place loses something')
}

for (const whenFull of ['drop-newest', 'wait'] as const) {
  test(`a flood into a narrow receiver that has a count is accounted for, ${whenFull}`, {
    skip,
  }, async (t) => {
    for (let run = 1; run <= RUNS[whenFull]; run++) {
      await floodOnce(t, { whenFull, count: COUNT }, `run ${run}`)
    }
  })

  test(`a flood into a narrow receiver that only falls idle is accounted for, ${whenFull}`, {
    skip,
  }, async (t) => {
    for (let run = 1; run <= RUNS[whenFull]; run++) {
      await floodOnce(t, { whenFull, idleExitMs: IDLE_EXIT_MS }, `run ${run}`)
    }
  })
}

test('the same over the command line', { skip }, async (t) => {
  const { process, port } = await startHotReceiver(t, [
    ...['udp://127.0.0.1:0', '--receive-buffer-bytes', '4096', '--slots', '64'],
    ...['--when-full', 'drop-newest', '--work-ns', '5000', '--count', String(COUNT), '--json'],
  ])
  const { sent } = await sendFlood(port, COUNT)
  assertEveryMessageHasItsPlace(await receiveReport(process), sent, 'the run')
})

test('a flood at an inline handler is accounted for', { skip }, async (t) => {
  for (const end of [{ count: COUNT }, { idleExitMs: IDLE_EXIT_MS }]) {
    await floodOnce(t, { handlerThread: 'inline', ...end }, JSON.stringify(end))
  }
})

test('a flood that the caller iterates over is accounted for', { skip }, async (t) => {
  // Its own thread is busy with nothing but counting.
  const { workNs: _, ...narrow } = NARROW
  const feed = await receive({ ...narrow, handler: undefined, count: COUNT })
  t.after(() => feed.stop())
  const sending = sendFlood(Number(new URL(feed.endpoints[0] ?? '').port), COUNT)
  let seen = 0
  for await (const batch of feed) while (batch.next()) seen++
  const report = await feed.finished
  assert.equal(seen, report.delivered)
  assertEveryMessageHasItsPlace(report, (await sending).sent, 'the run')
})

test('stats are balanced at any moment of a flood', { skip }, async (t) => {
  const feed = await receive({ ...NARROW, whenFull: 'drop-newest', count: COUNT })
  t.after(() => feed.stop())
  let over = false
  const finished = feed.finished.finally(() => {
    over = true
  })
  const sending = sendFlood(Number(new URL(feed.endpoints[0] ?? '').port), COUNT)
  let looks = 0
  while (!over) {
    const { ledger, delivered } = feed.stats()
    assert.equal(ledger.balanced, true, JSON.stringify(ledger))
    assert.equal(delivered, ledger.delivered)
    looks++
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(looks > 0)
  await Promise.all([finished, sending])
})

test('a loss of the network is the network’s, not the kernel’s', async (t) => {
  const { process, port } = await startHotReceiver(t, [
    ...['udp://127.0.0.1:0', '--idle-exit-ms', '1500', '--json'],
  ])
  const socket = await openSocket(t)
  for (const sequence of [0, 1, 2, 7, 8, 9, 6]) await socket.send(rawDatagram(sequence), port)
  const { ledger, late } = await receiveReport(process)
  assert.deepEqual(
    [ledger.expected, ledger.delivered, ledger.lost.network, ledger.lost.kernel, late],
    [10, 7, 3, 0, 1],
  )
  assert.equal(ledger.balanced, true)
})
