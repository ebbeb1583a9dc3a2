import type { XmlElement } from '@rgrove/parse-xml'
import {
  type ArrayType,
  type CompositeType,
  type ConstantType,
  type EnumType,
  type NumberType,
  PRIMITIVE_BYTES,
  PRIMITIVES,
  type Primitive,
  type SbeField,
  type SbeType,
  type SetType,
  type TextType,
  typeBytes,
} from './schema.js'
import { childrenOf, docOf, localName } from './xml.js'

/** Ends the reading of a schema with an error that says what is wrong, and where. */
export type Complain = (what: string, at?: { readonly start: number }) => never

/** What stands for none where a schema does not say: the specification's values. */
const NULL_VALUES: Readonly<Record<Primitive, number | bigint>> = {
  char: 0,
  int8: -128,
  int16: -32768,
  int32: -2147483648,
  int64: -(2n ** 63n),
  uint8: 255,
  uint16: 65535,
  uint32: 4294967295,
  uint64: 2n ** 64n - 1n,
  float: Number.NaN,
  double: Number.NaN,
}

/** Names that generated code could not have. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
const MAX_DEPTH = 16

/** The types of a schema by name. They may stand in any order, so each is read when it is needed. */
export class TypeTable {
  private readonly elements = new Map<string, XmlElement>()
  private readonly complain: Complain
  private depth = 0

  constructor(complain: Complain) {
    this.complain = complain
  }

  /** Takes the elements below `<types>`. */
  add(elements: readonly XmlElement[]): void {
    for (const element of elements) this.elements.set(this.identifier(element), element)
  }

  /** The name of an element, which generated code will use. */
  identifier(element: XmlElement): string {
    const name = element.attributes['name'] ?? ''
    if (IDENTIFIER.test(name)) return name
    return this.complain(`"${name}" of <${element.name}> cannot be a name in code`, element)
  }

  /** The composite of that name. */
  composite(name: string, at: XmlElement): CompositeType {
    const type = this.named(name, at)
    return type.kind === 'composite' ? type : this.complain(`${name} is no composite`, at)
  }

  /** A `<field>` of a block; `end` is where the fields before it end. */
  field(element: XmlElement, name: string, end: number): SbeField {
    const typeName = element.attributes['type'] ?? ''
    const presence = element.attributes['presence']
    const valueRef = element.attributes['valueRef']
    let type = this.named(typeName, element)
    if (presence === 'constant' && type.kind !== 'constant') {
      type = this.constantField(element, type, valueRef)
    } else if (presence === 'optional' && (type.kind === 'number' || type.kind === 'enum')) {
      type = { ...type, nullValue: type.nullValue ?? this.nullValueOf(element, type.primitive) }
    } else if (presence === 'optional' && type.kind === 'text') {
      type = { ...type, optional: true }
    }
    return this.placed(element, name, type, end)
  }

  /** How a variable-length text is written: the character encoding of its composite's `varData`. */
  encodingOf(name: string): 'utf8' | 'latin1' | null {
    const composite = this.elements.get(name)
    const member =
      composite && childrenOf(composite).find((one) => one.attributes['name'] === 'varData')
    const encoding = member?.attributes['characterEncoding']
    if (encoding !== undefined) return /utf-?8/i.test(encoding) ? 'utf8' : 'latin1'
    return member?.attributes['primitiveType'] === 'char' ? 'latin1' : null
  }

  private placed(element: XmlElement, name: string, type: SbeType, end: number): SbeField {
    const offset = this.integer(element, 'offset') ?? end
    if (offset < end && typeBytes(type) > 0) {
      this.complain(`offset="${offset}" of ${name} lies within what is before it`, element)
    }
    return {
      name,
      type,
      offset,
      since: this.integer(element, 'sinceVersion') ?? 0,
      doc: docOf(element),
      semanticType: element.attributes['semanticType'] ?? '',
    }
  }

  private integer(element: XmlElement, name: string): number | undefined {
    const text = element.attributes[name]
    if (text === undefined) return undefined
    const value = Number(text)
    return Number.isInteger(value) && value >= 0
      ? value
      : this.complain(`${name}="${text}" is no whole number`, element)
  }

  /** The type of that name: a primitive one, or one of the schema's. */
  private named(name: string, at: XmlElement): SbeType {
    const element = this.elements.get(name)
    if (element !== undefined) return this.read(element)
    if (isPrimitive(name)) return { kind: 'number', primitive: name, nullValue: null }
    return this.complain(`there is no type "${name}"`, at)
  }

  private read(element: XmlElement): SbeType {
    if (++this.depth > MAX_DEPTH) {
      this.complain(`${element.attributes['name']} is made of itself`, element)
    }
    try {
      switch (localName(element)) {
        case 'type':
          return this.encoded(element)
        case 'composite':
          return this.compositeOf(element)
        case 'enum':
          return this.enumOf(element)
        case 'set':
          return this.setOf(element)
        default:
          return this.complain(`<${element.name}> is no type`, element)
      }
    } finally {
      this.depth--
    }
  }

  private primitive(element: XmlElement, attribute: string): Primitive {
    const name = element.attributes[attribute] ?? ''
    return isPrimitive(name)
      ? name
      : this.complain(`${attribute}="${name}" is no primitive type`, element)
  }

  private encoded(element: XmlElement): NumberType | ArrayType | TextType | ConstantType {
    const primitive = this.primitive(element, 'primitiveType')
    const presence = element.attributes['presence'] ?? 'required'
    const length = this.integer(element, 'length') ?? 1
    const optional = presence === 'optional'
    if (presence === 'constant') {
      const valueRef = element.attributes['valueRef']
      const value = valueRef === undefined ? element.text.trim() : this.referred(valueRef, element)
      return { kind: 'constant', value: this.constant(value, primitive, element) }
    }
    if (primitive === 'char' && length > 1) {
      const utf8 = /utf-?8/i.test(element.attributes['characterEncoding'] ?? '')
      return { kind: 'text', length, utf8, optional }
    }
    if (length !== 1) return { kind: 'array', primitive, length }
    return {
      kind: 'number',
      primitive,
      nullValue: optional ? this.nullValueOf(element, primitive) : null,
    }
  }

  /** A constant's value: text for characters, a number for what is one. */
  private constant(
    text: string,
    primitive: Primitive,
    element: XmlElement,
  ): number | bigint | string {
    if (primitive === 'char') return text
    return this.numeric(text, primitive, element)
  }

  /** What `valueRef="Enum.Value"` names. */
  private referred(valueRef: string, element: XmlElement): string {
    const [enumName = '', valueName = ''] = valueRef.split('.')
    const type = this.named(enumName, element)
    const found = type.kind === 'enum' && type.values.some((value) => value.name === valueName)
    return found ? valueName : this.complain(`there is no "${valueRef}"`, element)
  }

  private constantField(
    element: XmlElement,
    type: SbeType,
    valueRef: string | undefined,
  ): ConstantType {
    if (valueRef !== undefined) {
      return { kind: 'constant', value: this.referred(valueRef, element) }
    }
    const text = element.text.trim()
    if (type.kind === 'number') {
      return { kind: 'constant', value: this.constant(text, type.primitive, element) }
    }
    return text === ''
      ? this.complain(`the constant ${element.attributes['name']} has no value`, element)
      : { kind: 'constant', value: text }
  }

  private nullValueOf(element: XmlElement, primitive: Primitive): number | bigint {
    const text = element.attributes['nullValue']
    return text === undefined ? NULL_VALUES[primitive] : this.numeric(text, primitive, element)
  }

  private numeric(text: string, primitive: Primitive, element: XmlElement): number | bigint {
    const trimmed = text.trim()
    if (primitive === 'char' && !/^\d{2,3}$/.test(trimmed)) {
      if (trimmed.length !== 1) return this.complain(`"${text}" is no single character`, element)
      return trimmed.charCodeAt(0)
    }
    if (primitive === 'float' || primitive === 'double') {
      return /^nan$/i.test(trimmed) ? Number.NaN : this.finite(Number(trimmed), text, element)
    }
    if (!/^[+-]?(0[xX][0-9a-fA-F]+|\d+)$/.test(trimmed)) {
      return this.complain(`"${text}" is no whole number`, element)
    }
    const value = BigInt(trimmed.replace(/^\+/, '').replace(/^-0/, '-0'))
    return PRIMITIVE_BYTES[primitive] === 8 ? value : Number(value)
  }

  private finite(value: number, text: string, element: XmlElement): number {
    return Number.isNaN(value) ? this.complain(`"${text}" is no number`, element) : value
  }

  private compositeOf(element: XmlElement): CompositeType {
    const members: SbeField[] = []
    let end = 0
    for (const child of childrenOf(element)) {
      const name = this.identifier(child)
      const type =
        localName(child) === 'ref'
          ? this.named(child.attributes['type'] ?? '', child)
          : this.read(child)
      const member = this.placed(child, name, type, end)
      members.push(member)
      end = Math.max(end, member.offset + typeBytes(type))
    }
    return { kind: 'composite', name: this.identifier(element), bytes: end, members }
  }

  /** `encodingType` names a primitive type or a `<type>` of the schema. */
  private encodingType(element: XmlElement): NumberType {
    const name = element.attributes['encodingType'] ?? ''
    const type = this.named(name, element)
    return type.kind === 'number' ? type : this.complain(`${name} is no number`, element)
  }

  private enumOf(element: XmlElement): EnumType {
    const { primitive, nullValue } = this.encodingType(element)
    const values = childrenOf(element)
      .filter((child) => localName(child) === 'validValue')
      .map((child) => ({
        name: this.identifier(child),
        value: this.enumValue(child, primitive),
        doc: docOf(child),
      }))
    return { kind: 'enum', name: this.identifier(element), primitive, nullValue, values }
  }

  /** A character stands for itself, digits too. */
  private enumValue(element: XmlElement, primitive: Primitive): number | bigint {
    const text = element.text.trim()
    if (primitive === 'char' && text.length === 1) return text.charCodeAt(0)
    return this.numeric(text, primitive, element)
  }

  private setOf(element: XmlElement): SetType {
    const { primitive } = this.encodingType(element)
    const bits = 8 * PRIMITIVE_BYTES[primitive]
    const choices = childrenOf(element)
      .filter((child) => localName(child) === 'choice')
      .map((child) => {
        const bit = Number(child.text.trim())
        if (!Number.isInteger(bit) || bit < 0 || bit >= bits) {
          this.complain(`"${child.text.trim()}" is no bit of ${primitive}`, child)
        }
        return { name: this.identifier(child), bit, doc: docOf(child) }
      })
    return { kind: 'set', name: this.identifier(element), primitive, choices }
  }
}

function isPrimitive(name: string): name is Primitive {
  return (PRIMITIVES as readonly string[]).includes(name)
}
