/**
 * Checks an invariant that only a mistake in a program can break. Stays on in production.
 *
 * Operating errors (a taken port, a missing file) are a {@link TickwireError}, never an assertion.
 *
 * @throws {AssertionError} when `condition` is false.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** A broken invariant: a bug in Tickwire or in the code that calls it. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}
