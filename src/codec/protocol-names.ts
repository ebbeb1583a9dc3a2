/** The protocols that are built in, as `--protocol` spells them. */
export const PROTOCOL_NAMES = ['native', 'itch50', 'tops16', 'deep10', 'deepplus10'] as const

/** The name of a protocol that is built in. */
export type ProtocolName = (typeof PROTOCOL_NAMES)[number]

/** What stands before the path of an SBE schema. */
export const SBE_PREFIX = 'sbe:'

/** Whether a protocol of that name is built in. */
export function isProtocolName(name: string): name is ProtocolName {
  return (PROTOCOL_NAMES as readonly string[]).includes(name)
}
