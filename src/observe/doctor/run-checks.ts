import type { RunReading } from '../counters-reader.js'
import { formatCount, formatNs } from '../format.js'
import { type Check, ok, problem, unknown, warning } from './check.js'

/** A starting thread gives ten signs of life a second; a busy machine may be late with some. */
const HUNG_MS = 2_000
/** A turn that takes longer lets a busy feed pile up thousands of messages. */
const LONG_STALL_NS = 10e6

/** Whether the process of a run lives and turns. */
export function runChecks(run: RunReading): Check[] {
  return [processState(run), stalls(run), errors(run)].filter((one) => one !== undefined)
}

function processState(run: RunReading): Check {
  const name = 'process'
  const wanted = 'alive, with a sign of life ten times a second'
  const age = formatNs(run.heartbeatAgeMs * 1e6)
  const who = `process ${run.processId}`
  if (!run.alive) {
    const found = `${who} is gone, and left its counters: it crashed or was killed ${age} ago`
    return warning(name, found, wanted, `rm ${run.file}  # once you know what ended it`)
  }
  if (run.heartbeatAgeMs <= HUNG_MS) return ok(name, `${who} is alive`, wanted)
  const found = `${who} has given no sign of life for ${age}: it was stopped, or its main thread is blocked`
  return problem(name, found, wanted, `kill -CONT ${run.processId}  # if it was stopped`)
}

/** Threads that were away for long: nobody reads meanwhile. */
function stalls(run: RunReading): Check {
  const name = 'thread-stalls'
  const wanted = `no turn of a hot thread that takes more than ${formatNs(LONG_STALL_NS)}`
  const threads = run.threads.filter(({ turns }) => turns > 0)
  if (threads.length === 0) return unknown(name, 'no thread has turned yet', wanted)
  const worst = threads.reduce((a, b) => (b.longestTurnNs > a.longestTurnNs ? b : a))
  const found = `longest turn: ${worst.name}, ${formatNs(worst.longestTurnNs)}; ${formatCount(worst.longTurns)} above 1 ms`
  if (worst.longestTurnNs <= LONG_STALL_NS) return ok(name, found, wanted)
  const handles = worst.name === 'handler' || worst.name === 'feed'
  const remedy = handles
    ? 'Look what onMessage does: it waits, computes or makes garbage; else give the thread a core of its own (receive --handler-cpu N)'
    : 'Give the thread a core of its own: receive --cpu N, and no other program there (isolcpus=, cpuset)'
  return warning(name, found, wanted, remedy)
}

function errors({ errors }: RunReading): Check | undefined {
  if (errors.length === 0) return undefined
  const texts = errors.map(({ text, count }) => `${count > 1 ? `${count}x ` : ''}${text}`)
  const wanted = 'a run without warnings'
  return warning('run-warnings', texts.join(' | '), wanted, 'Each says what to do')
}
