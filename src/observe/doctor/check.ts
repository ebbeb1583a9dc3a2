/** `unknown` is what could not be found out; it is never taken for `ok`. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown'

/** One thing about this machine that can cost messages or latency. */
export interface Check {
  /** Stable: scripts may look for it. */
  readonly name: string
  readonly status: CheckStatus
  /** What is there, with its numbers. */
  readonly found: string
  /** What would be right. */
  readonly wanted: string
  /** A command or a change that mends it; empty where nothing is to be done. */
  readonly remedy: string
}

export function ok(name: string, found: string, wanted: string): Check {
  return { name, status: 'ok', found, wanted, remedy: '' }
}

export function warning(name: string, found: string, wanted: string, remedy: string): Check {
  return { name, status: 'warning', found, wanted, remedy }
}

export function problem(name: string, found: string, wanted: string, remedy: string): Check {
  return { name, status: 'problem', found, wanted, remedy }
}

/** @param why what was looked for and not there */
export function unknown(name: string, why: string, wanted: string): Check {
  return { name, status: 'unknown', found: why, wanted, remedy: '' }
}
