import { setTimeout as sleep } from 'node:timers/promises'
import { abortedBy, type EndedBy } from '../foundation/ended-by.js'
import type { RunHistory } from '../observe/top/run-history.js'
import { Screen } from '../observe/top/screen.js'
import { Top } from '../observe/top/top.js'
import { runLines } from '../observe/top/top-view.js'
import type { Flags } from './command.js'
import type { Output } from './output.js'
import { stopSignal } from './signals.js'
import { NOBODY, processReport, readRuns } from './stat-run.js'
import { TOP_FLAGS } from './top-flags.js'

/** Wide enough that nothing is left out where nobody has a terminal. */
const PLAIN_COLUMNS = 120

/** `tickwire top`: live on a terminal until somebody ends it, elsewhere one snapshot. */
export async function runTop(
  target: string | undefined,
  { intervalMs = TOP_FLAGS.intervalMs.default }: Flags<typeof TOP_FLAGS>,
  output: Output,
): Promise<void> {
  // A target that is nowhere is an error, and no empty screen.
  readRuns(target)
  if (output.json || !process.stdout.isTTY) await snapshot(target, intervalMs, output)
  else await live(target, intervalMs, output)
}

async function live(target: string | undefined, intervalMs: number, output: Output): Promise<void> {
  const signal = stopSignal()
  const ended = new Promise<void>((resolve) => {
    const top = new Top(target, output.colors, {
      onQuit: () => end(),
      onChange: () => screen.draw(),
    })
    const input = process.stdin.isTTY ? process.stdin : undefined
    top.look()
    const screen = new Screen(process.stdout, input, top)
    const timer = setInterval(() => {
      top.look()
      screen.draw()
    }, intervalMs)
    const end = () => {
      clearInterval(timer)
      screen.close()
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    else screen.draw()
  })
  await ended
}

/** Rates need two looks. */
async function snapshot(
  target: string | undefined,
  intervalMs: number,
  output: Output,
): Promise<void> {
  const top = new Top(target, output.colors, { onQuit: () => {}, onChange: () => {} })
  top.look()
  const signal = stopSignal()
  let endedBy: EndedBy = 'end-of-file'
  if (top.histories.length > 0) {
    await sleep(intervalMs, undefined, { signal }).catch(() => {})
    endedBy = signal.aborted ? abortedBy(signal) : 'duration'
    top.look()
  }
  const { histories } = top
  output.report({ command: 'top', processes: histories.map(historyReport), endedBy }, () =>
    histories.length === 0
      ? [NOBODY]
      : histories.flatMap((history) => runLines(history, output.colors, PLAIN_COLUMNS)),
  )
}

function historyReport({ reading, last }: RunHistory): object {
  return { ...processReport(reading), now: last ?? null }
}
