import { scenarioOf } from './scenario.js'
import { type Outcome, Simulation } from './simulation.js'

/** A seed whose run broke a promise. */
export interface Failure {
  readonly seed: number
  readonly error: Error
  /** The command that shows the same run again. */
  readonly replay: string
}

/** Runs one seed. Everything in it follows from the seed. */
export function runSeed(seed: number, write?: (line: string) => void): Outcome | Failure {
  try {
    return new Simulation(scenarioOf(seed), write).run()
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    return { seed, error, replay: `npm run simulate -- --seed ${seed} --trace` }
  }
}

export function isFailure(result: Outcome | Failure): result is Failure {
  return 'error' in result
}
