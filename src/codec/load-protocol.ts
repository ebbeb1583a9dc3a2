import { isProtocolName, SBE_PREFIX } from './protocol-names.js'
import type { Protocol } from './protocols.js'

/**
 * The protocol of that name: one that is built in, or `sbe:FILE.xml`. Loads the code that it needs when
 * it is needed.
 *
 * @param name known to be one of these
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_BAD_SCHEMA, TW_NOT_SUPPORTED for a schema
 */
export async function loadProtocol(name: string): Promise<Protocol> {
  if (isProtocolName(name)) return (await import('./protocols.js')).PROTOCOLS[name]
  const { readSchema } = await import('./sbe/read-schema.js')
  const { sbeProtocol } = await import('./sbe/sbe-protocol.js')
  return sbeProtocol(readSchema(name.slice(SBE_PREFIX.length)), name)
}
