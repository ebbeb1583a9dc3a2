import type { Handler } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import { BlockRuns } from './block-runs.js'
import { NativeRuns } from './native-runs.js'
import type { RunDelivery } from './run-delivery.js'

/**
 * What hands the runs of a reader to a handler, as the framing lays messages out. Once per thread.
 *
 * @param run of the reader
 */
export function createRunDelivery(run: OpenRun, handler: Handler): RunDelivery {
  return run.blocks === 'none' ? new NativeRuns(run, handler) : new BlockRuns(run, handler)
}
