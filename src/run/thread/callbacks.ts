import { deferred } from '../../foundation/deferred.js'
import { messageOf, TickwireError } from '../../foundation/errors.js'

type Callback<Value> = (value: Value) => unknown

/**
 * Functions of the caller's that are told of things while a run goes on. What one of them throws, or what
 * its promise rejects with, is kept here for whoever ends the run, and goes no further: nothing of ours is
 * interrupted, and nothing is left uncaught. A function that failed is not called again.
 *
 * For the thread that they are called on.
 */
export class Callbacks {
  /** Settles with the first problem; never rejects. */
  readonly failed: Promise<TickwireError>
  readonly #failed = deferred<TickwireError>()
  #problem: TickwireError | undefined

  constructor() {
    this.failed = this.#failed.promise
  }

  /** What went wrong first. */
  get problem(): TickwireError | undefined {
    return this.#problem
  }

  /**
   * A function to call in place of `callback`; it never throws.
   *
   * @param name as the caller knows it
   */
  guard<Value>(name: string, callback: Callback<Value>): (value: Value) => void
  guard<Value>(
    name: string,
    callback: Callback<Value> | undefined,
  ): ((value: Value) => void) | undefined
  guard<Value>(name: string, callback: Callback<Value> | undefined) {
    if (callback === undefined) return undefined
    let good = true
    const fail = (error: unknown) => {
      good = false
      this.#fail(name, error)
    }
    return (value: Value) => {
      if (!good) return
      try {
        const result = callback(value)
        if (result instanceof Promise) result.catch(fail)
      } catch (error) {
        fail(error)
      }
    }
  }

  #fail(name: string, thrown: unknown): void {
    if (this.#problem !== undefined) return
    const error = new TickwireError(
      'TW_CALLBACK_THREW',
      `The function given as ${name} threw: ${messageOf(thrown)}`,
      'Mend it, or catch in it what may happen there; the run was ended.',
      { cause: thrown },
    )
    if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack
    this.#problem = error
    this.#failed.resolve(error)
  }
}
