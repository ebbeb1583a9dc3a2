import { parseXml, type XmlDocument, type XmlElement, XmlError } from '@rgrove/parse-xml'
import { TickwireError } from '../../foundation/errors.js'
import {
  type CompositeType,
  type EnumType,
  endOf,
  type HeaderNumber,
  type SbeBlock,
  type SbeData,
  type SbeDimension,
  type SbeField,
  type SbeGroup,
  type SbeHeader,
  type SbeMessage,
  type SbeSchema,
  type SetType,
} from './schema.js'
import { type Complain, TypeTable } from './type-table.js'
import { childrenOf, docOf, localName, oneLine } from './xml.js'

/**
 * Reads a file that a schema includes: its text, or undefined if there is none.
 */
export type ReadInclude = (href: string) => string | undefined

/**
 * Reads an SBE schema.
 *
 * @param xml the schema's text
 * @param name what errors call it
 * @param readInclude reads what `xi:include` names; without it such a schema is refused
 * @throws {TickwireError} TW_BAD_SCHEMA with the line and what is wrong there
 */
export function parseSchema(xml: string, name: string, readInclude?: ReadInclude): SbeSchema {
  const complain: Complain = (what, at) => {
    const line = at === undefined ? '' : `, line ${lineOf(xml, at.start)}`
    throw new TickwireError(
      'TW_BAD_SCHEMA',
      `${name}${line}: ${what}`,
      'Compare it with the Simple Binary Encoding specification, or ask who publishes it.',
    )
  }
  const root = rootOf(xml, complain)
  if (localName(root) !== 'messageSchema') {
    return complain(`<${root.name}> is no SBE message schema`, root)
  }
  const byteOrder = root.attributes['byteOrder'] ?? 'littleEndian'
  if (byteOrder !== 'littleEndian' && byteOrder !== 'bigEndian') {
    return complain(`byteOrder="${byteOrder}" is neither littleEndian nor bigEndian`, root)
  }
  const elements = included(childrenOf(root), complain, readInclude)
  const types = new TypeTable(complain)
  for (const element of elements.filter((one) => localName(one) === 'types')) {
    types.add(included(childrenOf(element), complain, readInclude))
  }
  const reader = new BlockReader(types, complain)
  const headerName = root.attributes['headerType'] ?? 'messageHeader'
  const header = reader.header(headerName, root)
  const messages = elements
    .filter((one) => localName(one) === 'message')
    .map((element) => reader.message(element))
  if (messages.length === 0) complain('it has no <message>', root)
  unique(messages, complain)
  return {
    package: oneLine(root.attributes['package'] ?? ''),
    id: integer(root, 'id', 0, complain),
    version: integer(root, 'version', 0, complain),
    doc: docOf(root),
    byteOrder: byteOrder === 'bigEndian' ? 'big' : 'little',
    header,
    messages,
    ...usedTypes(messages),
  }
}

function rootOf(xml: string, complain: Complain): XmlElement {
  let document: XmlDocument
  try {
    document = parseXml(xml, { includeOffsets: true })
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    return complain(`it is no well-formed XML: ${error.message.split('\n')[0]}`, {
      start: error.pos,
    })
  }
  return document.root ?? complain('it is empty')
}

function lineOf(xml: string, offset: number): number {
  return xml.slice(0, Math.max(0, offset)).split('\n').length
}

/** Puts what `xi:include` names in its place. */
function included(
  elements: readonly XmlElement[],
  complain: Complain,
  readInclude: ReadInclude | undefined,
  depth = 0,
): XmlElement[] {
  return elements.flatMap((element) => {
    if (localName(element) !== 'include') return [element]
    const href = element.attributes['href'] ?? ''
    const text = depth < 8 ? readInclude?.(href) : undefined
    if (text === undefined) return complain(`it includes "${href}", which cannot be read`, element)
    const root = rootOf(text, complain)
    const inner = localName(root) === 'types' || localName(root) === 'messageSchema'
    return included(inner ? childrenOf(root) : [root], complain, readInclude, depth + 1)
  })
}

function integer(element: XmlElement, name: string, otherwise: number, complain: Complain): number {
  const text = element.attributes[name]
  if (text === undefined) return otherwise
  const value = Number(text)
  return Number.isInteger(value) && value >= 0
    ? value
    : complain(`${name}="${text}" is no whole number`, element)
}

function unique(messages: readonly SbeMessage[], complain: Complain): void {
  const names = new Set<string>()
  const ids = new Set<number>()
  for (const { name, id } of messages) {
    if (names.has(name.toLowerCase())) complain(`two messages are called ${name}`)
    if (ids.has(id)) complain(`two messages have the id ${id}`)
    names.add(name.toLowerCase())
    ids.add(id)
  }
}

/** What blocks use, each type once, inner ones first. */
function usedTypes(blocks: readonly SbeBlock[]) {
  const enums = new Map<string, EnumType>()
  const sets = new Map<string, SetType>()
  const composites = new Map<string, CompositeType>()
  const walkFields = (fields: readonly SbeField[]): void => {
    for (const { type } of fields) {
      if (type.kind === 'enum') enums.set(type.name, type)
      if (type.kind === 'set') sets.set(type.name, type)
      if (type.kind !== 'composite') continue
      walkFields(type.members)
      composites.set(type.name, type)
    }
  }
  const walk = (block: SbeBlock): void => {
    walkFields(block.fields)
    block.groups.forEach(walk)
  }
  blocks.forEach(walk)
  return {
    enums: [...enums.values()],
    sets: [...sets.values()],
    composites: [...composites.values()],
  }
}

/** Reads messages and groups with the types that are known. */
class BlockReader {
  private readonly types: TypeTable
  private readonly complain: Complain

  constructor(types: TypeTable, complain: Complain) {
    this.types = types
    this.complain = complain
  }

  header(name: string, root: XmlElement): SbeHeader {
    const type = this.types.composite(name, root)
    return {
      bytes: type.bytes,
      blockLength: this.part(type, 'blockLength', root),
      templateId: this.part(type, 'templateId', root),
      schemaId: this.part(type, 'schemaId', root),
      version: this.part(type, 'version', root),
    }
  }

  message(element: XmlElement): SbeMessage {
    const name = this.types.identifier(element)
    return {
      name: name.charAt(0).toLowerCase() + name.slice(1),
      id: integer(element, 'id', 0, this.complain),
      since: integer(element, 'sinceVersion', 0, this.complain),
      doc: docOf(element),
      ...this.block(element),
    }
  }

  private block(element: XmlElement): SbeBlock {
    const fields: SbeField[] = []
    const groups: SbeGroup[] = []
    const data: SbeData[] = []
    const names = new Set<string>()
    let end = 0
    for (const child of childrenOf(element)) {
      const kind = localName(child)
      if (kind !== 'field' && kind !== 'group' && kind !== 'data') continue
      const name = this.types.identifier(child)
      if (names.has(name)) this.complain(`two of its fields are called ${name}`, child)
      names.add(name)
      if (kind === 'group') {
        groups.push(this.group(child, name))
      } else if (kind === 'data') {
        data.push(this.data(child, name))
      } else {
        if (groups.length + data.length > 0) {
          this.complain(`the field ${name} stands behind a group or data`, child)
        }
        const field = this.types.field(child, name, end)
        fields.push(field)
        end = Math.max(end, endOf(field))
      }
    }
    const blockLength = integer(element, 'blockLength', end, this.complain)
    if (blockLength < end) {
      this.complain(`blockLength="${blockLength}" is less than its fields' ${end} bytes`, element)
    }
    return { blockLength, fields, groups, data }
  }

  private group(element: XmlElement, name: string): SbeGroup {
    const dimensionName = element.attributes['dimensionType'] ?? 'groupSizeEncoding'
    return {
      name,
      since: integer(element, 'sinceVersion', 0, this.complain),
      doc: docOf(element),
      dimension: this.dimension(dimensionName, element),
      ...this.block(element),
    }
  }

  private dimension(name: string, element: XmlElement): SbeDimension {
    const type = this.types.composite(name, element)
    return {
      bytes: type.bytes,
      blockLength: this.part(type, 'blockLength', element),
      numInGroup: this.part(type, 'numInGroup', element),
    }
  }

  private data(element: XmlElement, name: string): SbeData {
    const type = this.types.composite(element.attributes['type'] ?? '', element)
    const varData = type.members.find((member) => member.name === 'varData')
    if (varData === undefined) {
      return this.complain(`${type.name} has no member varData`, element)
    }
    return {
      name,
      since: integer(element, 'sinceVersion', 0, this.complain),
      doc: docOf(element),
      length: this.part(type, 'length', element),
      headerBytes: varData.offset,
      encoding: this.types.encodingOf(element.attributes['type'] ?? ''),
    }
  }

  /** A member of a header: an unsigned number that is read before each message, group or text. */
  private part(type: CompositeType, name: string, at: XmlElement): HeaderNumber {
    const member = type.members.find((one) => one.name === name)
    if (member?.type.kind !== 'number' || !/^uint(8|16|32)$/.test(member.type.primitive)) {
      return this.complain(`${type.name} has no ${name} of uint8, uint16 or uint32`, at)
    }
    return { offset: member.offset, primitive: member.type.primitive }
  }
}
