import type { Handler } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import { BlockRuns } from './block-runs.js'
import { BusyHandler, CountingHandler } from './built-in-handlers.js'
import { CalledHandler } from './called-handler.js'
import { NativeRuns } from './native-runs.js'
import type { RunDelivery } from './run-delivery.js'

/**
 * What hands the runs of a reader to a handler, as the framing lays messages out. Once per thread.
 *
 * @param run of the reader
 */
export function createRunDelivery(run: OpenRun, handler: Handler): RunDelivery {
  const own = handler instanceof CountingHandler || handler instanceof BusyHandler
  const called = own ? handler : new CalledHandler(handler)
  return run.blocks === 'none' ? new NativeRuns(run, called) : new BlockRuns(run, called)
}
