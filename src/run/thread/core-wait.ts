import { readFileSync, readlinkSync } from 'node:fs'

const NS_PER_MS = 1e6
/** A state of /proc/…/stat: it runs, or would if it had a core. */
const RUNNABLE = 'R'

/** What the kernel says of a thread at a moment. */
export interface TaskSample {
  /** One letter, as in proc(5). */
  readonly state: string
  /** Time that it has had a core, in nanoseconds. */
  readonly ranNs: number
}

/** The calling thread among the files of /proc, for whoever watches it; null where there are none. */
export function currentTask(): string | null {
  try {
    return `/proc/${readlinkSync('/proc/thread-self')}`
  } catch {
    return null
  }
}

/** @throws {Error} if the thread is gone, or the kernel does not count */
export function readTask(task: string): TaskSample {
  const stat = readFileSync(`${task}/stat`, 'utf8')
  return {
    // Behind the name, which may hold anything.
    state: stat.charAt(stat.lastIndexOf(')') + 2),
    ranNs: Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]),
  }
}

/**
 * How long another thread has waited for a core, as far as it was looked at: a thread that gets none makes no
 * progress, and is not stuck. The kernel's own count of that (sched_info) does not grow while the thread still waits.
 */
export class CoreWait {
  readonly #read: () => TaskSample
  readonly #nowMs: () => number
  #last: { readonly ranNs: number; readonly atMs: number } | undefined
  #waitedMs = 0

  constructor(read: () => TaskSample, nowMs = () => performance.now()) {
    this.#read = read
    this.#nowMs = nowMs
  }

  /** Looks at the thread. @returns milliseconds that it has waited since the first look */
  look(): number {
    try {
      const { state, ranNs } = this.#read()
      const atMs = this.#nowMs()
      if (this.#last !== undefined && state === RUNNABLE) {
        const ranMs = (ranNs - this.#last.ranNs) / NS_PER_MS
        this.#waitedMs += Math.max(0, atMs - this.#last.atMs - ranMs)
      }
      this.#last = { ranNs, atMs }
    } catch {
      // Nothing is known: what it waited for is not known either.
      this.#last = undefined
    }
    return this.#waitedMs
  }
}
