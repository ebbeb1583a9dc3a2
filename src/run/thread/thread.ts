import type { Worker } from 'node:worker_threads'
import { deferred } from '../../foundation/deferred.js'
import { TickwireError } from '../../foundation/errors.js'
import { createHoldings, releaseHoldings } from '../../native/holdings.js'
import { CoreWait, readTask } from './core-wait.js'
import { missingEntry, startWorker, type ThreadEntry } from './start-worker.js'
import type { ThreadMessage } from './thread-port.js'

/** A thread that this one started, seen from here. */
export class Thread<Ready, Done> {
  /** Settles when the thread is ready for work. */
  readonly ready: Promise<Ready>
  /** Settles when the thread has done its work; rejects when it failed or died. */
  readonly done: Promise<Done>
  /** Settles when the thread has done what it does after its work. */
  readonly stopped: Promise<void>
  /** Settles when the thread is gone, and what it held is closed. */
  readonly gone: Promise<void>
  /** Whether it is ready, so that it looks whether it shall stop. */
  isReady = false
  /** Whether its work is done, or it failed. */
  isOver = false
  /** What went wrong in the thread after its work was done, if something did. Look when it is gone. */
  lateProblem: TickwireError | undefined
  readonly #worker: Worker
  #task: string | null = null
  readonly #coreWait = new CoreWait(() => readTask(this.#task ?? ''))
  /** Settles when its own beginnings are over, one way or the other. */
  readonly #prepared = deferred<void>()

  /**
   * @param entry the module that the thread begins with
   * @param data what the thread gets as its `workerData`
   * @throws {TickwireError} TW_BUNDLED, TW_PERMISSION
   */
  constructor(name: string, entry: ThreadEntry, data: object) {
    const holdings = createHoldings()
    this.#worker = startWorker(entry, {
      workerData: { ...data, holdings },
      name: `tickwire ${name}`,
    })
    const ready = deferred<Ready>()
    const done = deferred<Done>()
    const stopped = deferred<void>()
    const gone = deferred<void>()
    this.ready = ready.promise
    this.done = done.promise
    this.stopped = stopped.promise
    this.gone = gone.promise
    const fail = (error: TickwireError) => {
      this.#prepared.resolve()
      if (this.isOver) this.lateProblem ??= error
      this.isOver = true
      ready.reject(error)
      done.reject(error)
    }
    this.#worker.on('message', (message: ThreadMessage<Ready, Done>) => {
      if (message.type === 'prepared') {
        this.#task = message.task
        this.#prepared.resolve()
      } else if (message.type === 'ready') {
        this.#prepared.resolve()
        this.isReady = true
        ready.resolve(message.value)
      } else if (message.type === 'done') {
        this.isOver = true
        done.resolve(message.value)
      } else if (message.type === 'stopped') stopped.resolve()
      else fail(TickwireError.fromRecord(message.error))
    })
    this.#worker.on('error', (error) => {
      fail(missingEntry(entry) ?? died(name, `with ${error.message}`, error))
    })
    this.#worker.on('exit', (code) => {
      this.#prepared.resolve()
      releaseHoldings(holdings)
      if (!this.isOver) fail(died(name, `with exit code ${code} before its work was done`))
      gone.resolve()
    })
    // Whoever does not look at one of the promises is not to be ended by it.
    ready.promise.catch(() => {})
    done.promise.catch(() => {})
  }

  /** Sends an order to a thread that is on its event loop. */
  order(type: string, value: unknown): void {
    this.#worker.postMessage({ type, value })
  }

  /**
   * Milliseconds that the thread has waited for a core since this was first asked. Where the kernel does not tell, or
   * the thread is not prepared: 0.
   */
  waitedForCoreMs(): number {
    return this.#coreWait.look()
  }

  /** Whether the thread keeps the process, as it does at first. */
  keepProcess(keep: boolean): void {
    if (keep) this.#worker.ref()
    else this.#worker.unref()
  }

  /**
   * Ends the thread, whatever it is doing; but not while it loads native code and is compiled, which an
   * end from outside would turn into the end of the process.
   */
  async terminate(): Promise<void> {
    await this.#prepared.promise
    await this.#worker.terminate()
    await this.gone
  }
}

function died(name: string, how: string, cause?: Error): TickwireError {
  return new TickwireError(
    'TW_THREAD_DIED',
    `The ${name} thread ended ${how}`,
    'Look at what was printed before; if nothing of yours ended it, report a bug.',
    cause === undefined ? {} : { cause },
  )
}
