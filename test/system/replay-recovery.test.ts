import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplayReport } from '../../src/replay/replay.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { IEX } from '../kit/captures.js'
import { freePort } from '../kit/ports.js'
import { onlyObject, startReceiver, tickwire } from './cli.js'
import { orderHandler, type SeenFeed } from './order-handler.js'
import { Relay } from './relay.js'

/** Counted independently of anything here. */
const IEX_MESSAGES = 57_674

test('a recording of IEX is a feed that heals: each message once, in order, through losses', {
  skip: process.platform === 'linux' ? IEX.skip : 'replay needs Linux',
}, async (t) => {
  const server = `udp://127.0.0.1:${await freePort()}`
  const handler = orderHandler(t)
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--framing', 'iex-tp', '--recover', server, '--json'],
    ...['--recover-wait-ms', '20000', '--count', String(IEX_MESSAGES), '--slots', '16384'],
    ...['--handler', handler.file],
  ])
  const plan = { seed: 21, loss: 0.05, duplication: 0.02, reordering: 0.05 }
  const relay = await Relay.open(t, receiver.port, 'iex-tp', plan)
  const replay = tickwire(t, [
    ...['replay', IEX.path, relay.url, '--speed', '200', '--framing', 'iex-tp'],
    ...['--retransmit', server, '--linger-ms', '20000', '--json'],
  ])
  const result = await receiver.process.result
  assert.equal(result.exitCode, 0, result.stderr)
  replay.kill('SIGINT')
  const { ledger, recovery } = onlyObject<ReceiveReport>(result)
  const { retransmission } = onlyObject<ReplayReport>(await replay.result)
  t.diagnostic(JSON.stringify({ ledger, recovery, retransmission }))
  const seen = handler.written<SeenFeed>()
  assert.deepEqual([seen.messages, seen.first, seen.misplaced, seen.gaps], [IEX_MESSAGES, 1, 0, []])
  assert.deepEqual([ledger.lost.total, ledger.balanced], [0, true])
  assert.ok(relay.count('lostMessages') > 1000)
  assert.ok(ledger.recovered >= relay.count('lostMessages'))
  assert.ok((retransmission?.messages ?? 0) >= ledger.recovered)
})
