import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../foundation/assert.js'
import { type ErrorRecord, messageOf, TickwireError } from '../../foundation/errors.js'
import { noteHoldingsIn } from '../../native/holdings.js'
import { pauseForCompiler } from '../rehearsal/pause-for-compiler.js'
import { currentTask } from './core-wait.js'

/** How long V8 is given to finish what it compiles for a thread that ends. */
const LAST_REST_MS = 20

/** What a thread tells the one that started it. */
export type ThreadMessage<Ready, Done> =
  | { readonly type: 'prepared'; readonly task: string | null }
  | { readonly type: 'ready'; readonly value: Ready }
  | { readonly type: 'done'; readonly value: Done }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: ErrorRecord }

/** What a thread may be told. */
export interface ThreadOrder<Value = unknown> {
  readonly type: string
  readonly value: Value
}

/** A thread's end of the line to the one that started it. */
export class ThreadPort<Ready, Done> {
  readonly #port: MessagePort

  constructor() {
    assert(parentPort !== null, 'this module runs in a worker thread')
    this.#port = parentPort
  }

  /** Says that native code is loaded and rehearsed: from here on the thread may be ended from outside. */
  prepared(): void {
    this.#post({ type: 'prepared', task: currentTask() })
  }

  ready(value: Ready): void {
    this.#post({ type: 'ready', value })
  }

  done(value: Done): void {
    this.#post({ type: 'done', value })
  }

  stopped(): void {
    this.#post({ type: 'stopped' })
  }

  failed(error: unknown): void {
    this.#post({ type: 'failed', error: asRecord(error) })
  }

  /** Waits, on the event loop, for the order of the given type. */
  async order<Value>(type: string): Promise<Value> {
    return new Promise((resolve) => {
      const listen = (order: ThreadOrder<Value>) => {
        if (order.type !== type) return
        this.#port.off('message', listen)
        resolve(order.value)
      }
      this.#port.on('message', listen)
    })
  }

  close(): void {
    this.#port.close()
  }

  #post(message: ThreadMessage<Ready, Done>): void {
    this.#port.postMessage(message)
  }
}

/** Runs a thread's main function; whatever it throws reaches the thread's starter. */
export function threadMain<Ready, Done>(
  main: (port: ThreadPort<Ready, Done>) => Promise<void>,
): void {
  noteHoldingsIn((workerData as { readonly holdings: SharedArrayBuffer }).holdings)
  const port = new ThreadPort<Ready, Done>()
  main(port)
    .catch((error: unknown) => port.failed(error))
    .then(() => port.stopped())
    .finally(() => {
      // Node 20 aborts the process if a compilation asks for memory while its thread is taken down.
      pauseForCompiler(LAST_REST_MS)
      // An open port would keep the thread.
      port.close()
    })
}

function asRecord(error: unknown): ErrorRecord {
  if (error instanceof TickwireError) return error.toRecord()
  return {
    code: 'TW_BUG',
    what: `A thread of Tickwire failed: ${messageOf(error)}`,
    remedy: 'This is a bug in Tickwire: please report it with the stack trace.',
    stack: error instanceof Error ? error.stack : undefined,
  }
}
