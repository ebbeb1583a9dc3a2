/** A promise that the reading side broke. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** Which promise. */
  readonly rule: string

  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`)
    this.rule = rule
  }
}

/** Fails the run if the promise is broken. */
export function hold(kept: boolean, rule: string, what: () => string): asserts kept {
  if (!kept) throw new Violation(rule, what())
}
