import type { BookKeeper } from '../books/book-keeper.js'
import { BookRuns } from '../books/book-runs.js'
import type { Handler } from '../handler.js'
import type { OpenRun } from '../open-run.js'
import { Outlet } from '../outlet/outlet.js'
import { OutletRuns } from '../outlet/outlet-runs.js'
import { BlockRuns } from './block-runs.js'
import { BusyHandler, CountingHandler } from './built-in-handlers.js'
import { CalledHandler } from './called-handler.js'
import { HeaderNamedRuns, NamedRuns } from './named-runs.js'
import type { Naming } from './naming.js'
import { NativeRuns } from './native-runs.js'
import { NamedPacketRuns, PacketRuns } from './packet-runs.js'
import type { RunDelivery } from './run-delivery.js'

/**
 * What hands the runs of a reader to a handler, as the framing lays messages out. Once per thread.
 *
 * @param run of the reader
 * @param naming how messages get their names; none: they are bytes, or native messages
 * @param keeper who applies them to books; none: nobody
 */
export function createRunDelivery(
  run: OpenRun,
  handler: Handler,
  naming?: Naming | undefined,
  keeper?: BookKeeper | undefined,
): RunDelivery {
  if (handler instanceof Outlet) return new OutletRuns(run, handler)
  if (keeper === undefined) {
    const delivery = messageDelivery(run, handler, naming)
    run.wide = delivery.takesPieces === true
    return delivery
  }
  const inner = takesMessages(handler, naming) ? messageDelivery(run, handler, naming) : undefined
  return new BookRuns(run, keeper, handler, inner)
}

/** Whether anything is called for each message; a handler may look at books alone. */
function takesMessages(handler: Handler, naming: Naming | undefined): boolean {
  if (handler instanceof CountingHandler) return false
  const methods = handler as unknown as Record<string, unknown>
  const names = ['onMessage', 'onLate', ...(naming?.methods ?? [])]
  return names.some((name) => methods[name] !== undefined)
}

function messageDelivery(run: OpenRun, handler: Handler, naming: Naming | undefined): RunDelivery {
  if (naming !== undefined && run.blocks !== 'none') {
    if (run.blocks === 'packet' && naming.protocol !== undefined) {
      return new NamedPacketRuns(run, handler, naming.protocol)
    }
    return naming.protocol === undefined
      ? new HeaderNamedRuns(run, handler, naming)
      : new NamedRuns(run, handler, naming.protocol)
  }
  const own = handler instanceof CountingHandler || handler instanceof BusyHandler
  const called = own ? handler : new CalledHandler(handler)
  if (run.blocks === 'packet') return new PacketRuns(run, called)
  return run.blocks === 'none' ? new NativeRuns(run, called) : new BlockRuns(run, called)
}
