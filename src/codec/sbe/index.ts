/**
 * `tickwire/sbe`: SBE schemas, as modules to generate and as protocols at run time.
 *
 * ```ts
 * const protocol = sbeProtocol(readSchema('feed.xml'), 'sbe:feed.xml')
 * const dispatch = protocol.createDispatch({ onTrade(message, sequence) {} })
 * dispatch.dispatch(bytes, offset, length, sequence) // of the message header, behind a size field
 * ```
 */
export { emitTypeScript } from './emit-module.js'
export { parseSchema, type ReadInclude } from './parse-schema.js'
export { readSchema } from './read-schema.js'
export { sbeProtocol } from './sbe-protocol.js'
export type {
  SbeData,
  SbeField,
  SbeGroup,
  SbeMessage,
  SbeSchema,
  SbeType,
} from './schema.js'
