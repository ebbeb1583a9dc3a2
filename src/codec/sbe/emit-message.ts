import { docComment, quoted } from '../generate/text.js'
import {
  capitalised,
  contextOf,
  emitObject,
  headerRead,
  headerWrite,
  layoutOf,
  leastBytes,
  objectLines,
  partViews,
  skipChildren,
} from './block-text.js'
import { assignChildren, childMembers } from './emit-children.js'
import { emitField } from './emit-field.js'
import { emitParts } from './emit-group.js'
import { assignField, blankField } from './emit-object.js'
import type { SbeMessage, SbeSchema } from './schema.js'

/** Everything of one message: the functions that pass over its parts, its groups, its view. */
export function emitMessage(message: SbeMessage, schema: SbeSchema): string[] {
  const name = capitalised(message.name)
  return [
    ...emitParts(message, name, schema),
    ...emitObject(message, `${name}Object`, name, message.doc, `type: ${quoted(message.name)}`),
    '',
    ...emitMessageView(message, name, schema),
  ]
}

export function emitMessageView(message: SbeMessage, name: string, schema: SbeSchema): string[] {
  const context = contextOf(schema)
  const { header } = schema
  const { fields, methods } = childMembers(message, name, schema, 'this')
  const children = [...message.groups, ...message.data]
  const keep = skipChildren(message, name, 'version', (child) => `this.${child}At`)
  return [
    ...docComment(
      `${message.doc || `The message ${message.name}`} (template ${message.id}).\n\n${layoutOf(message)}`,
      '',
    ),
    `‹export ›class ${name}View extends MessageView {`,
    '  /** The number that tells this message from others. */',
    `  static ‹readonly ›TEMPLATE_ID = ${message.id}`,
    '  /** Bytes of the root block as the schema has it; the wire has its own number. */',
    `  static ‹readonly ›BLOCK_LENGTH = ${message.blockLength}`,
    '  /** Where the root block begins, its bytes and its version: all from the wire. */',
    '  block = 0',
    '  blockLength = 0',
    '  version = 0',
    '  /** Where the message ends. */',
    '  end = 0',
    '  /** While it is written: where the next byte goes. */',
    '  limit = 0',
    ...(children.length === 0 ? [] : ['  ‹private ›stage = 0']),
    ...partViews(message.fields),
    ...fields,
    '',
    '  /** Tells the messages of a protocol apart. */',
    `  get type()‹: ${quoted(message.name)}› {`,
    `    return ${quoted(message.name)}`,
    '  }',
    '',
    '  /**',
    '   * Moves the window to a message and its header. False, and nothing may be read, if it does not',
    '   * lie whole in its bytes: the block, all groups and all data.',
    '   */',
    '  tryWrap(bytes‹: DataView›, offset‹: number›, length‹: number›)‹: boolean› {',
    `    if (length < ${header.bytes}) return false`,
    `    const blockLength = ${headerRead(header.blockLength, 'offset', schema)}`,
    `    const version = ${headerRead(header.version, 'offset', schema)}`,
    `    const least = ${leastBytes(message.fields, 'version')}`,
    `    const end = offset + length`,
    `    let at = offset + ${header.bytes} + blockLength`,
    '    if (blockLength < least || at > end) return false',
    ...keep.map((line) => `    ${line.replace('FAILED', 'false')}`),
    '    this.bytes = bytes',
    '    this.offset = offset',
    '    this.length = length',
    `    this.block = offset + ${header.bytes}`,
    '    this.blockLength = blockLength',
    '    this.version = version',
    '    this.end = at',
    '    return true',
    '  }',
    '',
    '  /** The same for a message that is known to be whole. */',
    '  ‹override ›wrap(bytes‹: DataView›, offset‹: number›, length‹: number›)‹: this› {',
    '    if (!this.tryWrap(bytes, offset, length)) {',
    `      throw new RangeError('${message.name}: the message is shorter than its parts')`,
    '    }',
    '    return this',
    '  }',
    '',
    ...docComment(
      'Begins a message: writes the header, and nulls or zeros into the block. Then set the fields, ' +
        'write groups and data in their order, and call `finish()`.',
      '  ',
    ),
    '  init(bytes‹: DataView›, offset = 0)‹: this› {',
    `    for (let at = 0; at < ${header.bytes + message.blockLength}; at++) bytes.setUint8(offset + at, 0)`,
    `    ${headerWrite(header.blockLength, 'offset', String(message.blockLength), schema)}`,
    `    ${headerWrite(header.templateId, 'offset', String(message.id), schema)}`,
    `    ${headerWrite(header.schemaId, 'offset', String(schema.id), schema)}`,
    `    ${headerWrite(header.version, 'offset', String(schema.version), schema)}`,
    '    this.bytes = bytes',
    '    this.offset = offset',
    `    this.block = offset + ${header.bytes}`,
    `    this.blockLength = ${message.blockLength}`,
    `    this.version = ${schema.version}`,
    `    this.limit = this.block + ${message.blockLength}`,
    ...(children.length === 0 ? [] : ['    this.stage = 0']),
    ...message.fields.flatMap((field) => blankField(field, context).map((line) => `    ${line}`)),
    '    return this',
    '  }',
    '',
    '  /** Ends a message, whose groups and data that were left out become empty: its bytes. */',
    '  finish()‹: number› {',
    ...(children.length === 0
      ? []
      : [
          `    if (this.stage < ${children.length}) this.reach(${children.length}, 'end')`,
          ...(message.groups.length === 0
            ? []
            : [
                `    for (const group of [${message.groups.map((group) => `this.${group.name}Group`).join(', ')}]) group.close()`,
              ]),
        ]),
    '    this.length = this.limit - this.offset',
    '    this.end = this.limit',
    '    return this.length',
    '  }',
    ...message.fields.flatMap((field) => emitField(field, context)),
    ...methods,
    '',
    '  /** Sets the fields that are given, and writes all groups and data. After `init`. */',
    `  assign(fields‹: Partial<${name}Object>›)‹: this› {`,
    ...message.fields.flatMap((field) => assignField(field, context).map((line) => `    ${line}`)),
    ...assignChildren(message),
    '    return this',
    '  }',
    '',
    '  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */',
    `  toObject()‹: ${name}Object› {`,
    '    return {',
    `      type: ${quoted(message.name)},`,
    ...objectLines(message, context),
    '    }',
    '  }',
    '}',
    '',
  ]
}
