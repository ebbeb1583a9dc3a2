import { loadProtocol } from '../../codec/load-protocol.js'
import { protocolOfIexTp } from '../../codec/protocol-names.js'
import { Naming } from '../../handle/loop/naming.js'
import type { CaptureFramingName } from '../../wire/framing.js'
import type { ReceivePlan } from '../options/receive-plan.js'

/** What of a plan says how messages get their names. */
export interface NamingPlan extends Pick<ReceivePlan, 'protocol' | 'handler'> {
  readonly framing: CaptureFramingName
}

/**
 * How a feed's messages get their names, for the thread that handles them; undefined: they stay bytes,
 * or are the native messages of `raw`. Loads the code of protocols only where it is needed.
 *
 * @throws {TickwireError} TW_BAD_SCHEMA, TW_FILE_NOT_FOUND, TW_NOT_SUPPORTED for an SBE schema
 */
export async function loadNaming({
  protocol,
  framing,
  handler,
}: NamingPlan): Promise<Naming | undefined> {
  if (protocol === 'none' || framing === 'raw' || handler.kind === 'outlet') return undefined
  if (protocol !== 'auto') return Naming.fixed(await loadProtocol(protocol))
  // Where nobody looks at messages their names are of no use.
  if (handler.kind === 'count') return undefined
  const { PROTOCOLS } = await import('../../codec/protocols.js')
  return Naming.byHeader([PROTOCOLS.tops16, PROTOCOLS.deep10, PROTOCOLS.deepplus10], (number) => {
    const name = protocolOfIexTp(number)
    return name === undefined ? undefined : PROTOCOLS[name]
  })
}
