/**
 * Receives or sends in a process whose engine tells what compiled code it discards
 * (`--trace-deopt-verbose`), and marks in the same output from when to when the thread was at work.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { receive } from '../../src/run/receive.js'
import { send } from '../../src/run/send.js'

const [kind, json, messages] = process.argv.slice(2)
/** Of a sender: after how many messages it is stopped. */
const enough = Number(messages)
const options = JSON.parse(json) as object
/** Printed by the engine itself, so that it keeps its place among what the engine tells. */
const mark = new Function('text', '%DebugPrint(text)') as (text: string) => void
const common = { counters: 'off', cpu: null } as const

if (kind === 'receive') {
  const stop = new AbortController()
  const feed = await receive({ ...common, ...options, signal: stop.signal })
  mark('MARK-READY')
  process.stderr.write(`ready on ${feed.endpoints[0]}\n`)
  process.once('SIGINT', () => {
    mark('MARK-END')
    stop.abort()
  })
  const { delivered, ledger } = await feed.finished
  process.stderr.write(`delivered ${delivered} of ${ledger.expected}\n`)
} else {
  // Time enough to set the mark before the first message.
  const transmission = await send({ ...common, ...options, startDelayMs: 500 })
  mark('MARK-READY')
  // What is asked for is not reached: how a run ends is no part of its work, for a receiver neither.
  while ((transmission.stats().messages ?? 0) < enough) await sleep(5)
  mark('MARK-END')
  const report = await transmission.stop()
  process.stderr.write(`sent ${report.messages}\n`)
}
