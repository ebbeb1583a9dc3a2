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

const BY_IEX_TP_NUMBER: Readonly<Record<number, ProtocolName>> = {
  32771: 'tops16',
  32772: 'deep10',
  32773: 'deepplus10',
}

/** The protocol whose number stands in an IEX-TP header; undefined for one that is not built in. */
export function protocolOfIexTp(number: number): ProtocolName | undefined {
  return BY_IEX_TP_NUMBER[number]
}
