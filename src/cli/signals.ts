import { StoppedBySignal } from '../foundation/ended-by.js'

/** Exit codes of a process that a signal ended: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

const controller = new AbortController()
/** Commands without a report before their end: a signal ends them at once, in order. */
let endAtOnce: ((signal: string) => void) | undefined

/**
 * Listens for SIGINT and SIGTERM. Called before anything is loaded, so that none comes too early; the first
 * one asks what runs to stop, the second one ends the process at once.
 */
export function listenForSignals(): void {
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode)
      controller.abort(new StoppedBySignal(name))
      if (endAtOnce === undefined) return
      endAtOnce(name)
      process.exit(exitCode)
    })
  }
}

/** Aborted by the first signal, and when nobody reads what is written any more. */
export function stopSignal(): AbortSignal {
  return controller.signal
}

/** Asks what runs to stop, for a reason that is no signal. */
export function requestStop(reason: Error): void {
  controller.abort(reason)
}

/**
 * For a command that has no report before its end: the first signal ends the process, in order, so that
 * what it started is ended too. One that came before ends it now.
 *
 * @param tell told first, with the signal's name
 */
export function exitOnSignal(tell: (signal: string) => void): void {
  endAtOnce = tell
  const { reason } = controller.signal
  if (!(reason instanceof StoppedBySignal)) return
  tell(reason.signal)
  process.exit(reason.signal === 'SIGTERM' ? SIGNALS.SIGTERM : SIGNALS.SIGINT)
}
