import { type BookOutcome, BookWitness } from './book-witness.js'
import { scenarioOf } from './scenario.js'
import { type Outcome, Simulation } from './simulation.js'

/** A seed whose run broke a promise. */
export interface Failure {
  readonly seed: number
  readonly error: Error
  /** The command that shows the same run again. */
  readonly replay: string
}

/** What a run did, and what it showed of books. */
export type SeedOutcome = Outcome & BookOutcome

/** Runs one seed, with books at the end of the feed. Everything in it follows from the seed. */
export function runSeed(seed: number, write?: (line: string) => void): SeedOutcome | Failure {
  try {
    const scenario = scenarioOf(seed)
    const witness = new BookWitness(scenario)
    const outcome = new Simulation(scenario, write, witness).run()
    witness.finish()
    return { ...outcome, ...witness.outcome }
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    return { seed, error, replay: `npm run simulate -- --seed ${seed} --trace` }
  }
}

export function isFailure(result: SeedOutcome | Failure): result is Failure {
  return 'error' in result
}
