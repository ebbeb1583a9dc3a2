import { docComment } from '../generate/text.js'
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
import { assignField, blankField } from './emit-object.js'
import type { SbeBlock, SbeData, SbeGroup, SbeSchema } from './schema.js'

/** What is needed for the groups of a block. */
export function emitParts(block: SbeBlock, prefix: string, schema: SbeSchema): string[] {
  return [
    ...block.groups.flatMap((group) => {
      const name = prefix + capitalised(group.name)
      return [
        ...emitParts(group, name, schema),
        ...emitSkipGroup(group, name, schema),
        '',
        ...emitObject(group, `${name}Object`, name, group.doc, undefined),
        '',
        ...emitGroup(group, name, schema),
        '',
      ]
    }),
    ...block.data.flatMap((data) => [
      ...emitSkipData(data, prefix + capitalised(data.name), schema),
      '',
    ]),
  ]
}

export function emitSkipGroup(group: SbeGroup, name: string, schema: SbeSchema): string[] {
  const { dimension } = group
  const children = skipChildren(group, name, 'version', () => undefined)
  return [
    `/** Where the group ends that begins at \`at\`; -1 if that is beyond \`end\`. */`,
    `function skip${name}(bytes‹: DataView›, at‹: number›, end‹: number›, version‹: number›)‹: number› {`,
    ...(group.since > 0 ? [`  if (version < ${group.since}) return at`] : []),
    `  if (at + ${dimension.bytes} > end) return -1`,
    `  const blockLength = ${headerRead(dimension.blockLength, 'at', schema)}`,
    `  const count = ${headerRead(dimension.numInGroup, 'at', schema)}`,
    `  at += ${dimension.bytes}`,
    '  if (count === 0) return at',
    `  const least = ${leastBytes(group.fields, 'version')}`,
    '  if (blockLength < least) return -1',
    ...(children.length === 0
      ? [
          '  // Entries without a byte could be any number.',
          '  if (blockLength === 0) return -1',
          '  at += count * blockLength',
          '  return at > end ? -1 : at',
        ]
      : [
          '  for (let index = 0; index < count; index++) {',
          '    const from = at',
          '    at += blockLength',
          '    if (at > end) return -1',
          ...children.map((line) => `    ${line.replace('FAILED', '-1')}`),
          '    // Entries without a byte could be any number.',
          '    if (at === from) return -1',
          '  }',
          '  return at',
        ]),
    '}',
  ]
}

export function emitSkipData(data: SbeData, name: string, schema: SbeSchema): string[] {
  return [
    `/** Where the data ends that begins at \`at\`; -1 if that is beyond \`end\`. */`,
    `function skip${name}(bytes‹: DataView›, at‹: number›, end‹: number›, ${data.since > 0 ? '' : '_'}version‹: number›)‹: number› {`,
    ...(data.since > 0 ? [`  if (version < ${data.since}) return at`] : []),
    `  if (at + ${data.headerBytes} > end) return -1`,
    `  at += ${data.headerBytes} + ${headerRead(data.length, 'at', schema)}`,
    '  return at > end ? -1 : at',
    '}',
  ]
}

export function emitGroup(group: SbeGroup, name: string, schema: SbeSchema): string[] {
  const context = contextOf(schema)
  const { dimension } = group
  const { fields, methods } = childMembers(group, name, schema, 'this.root')
  const keep = skipChildren(group, name, 'version', (child) => `this.${child}At`)
  const closing = group.groups.map((one) => `    this.${one.name}Group.close()`)
  const children = group.groups.length + group.data.length
  return [
    ...docComment(
      `${group.doc || `The group ${group.name}`}: one entry at a time.\n\n${layoutOf(group)}\n\n` +
        'Fields may be read or written after `next()` has said true; anything else is a RangeError.',
      '',
    ),
    `‹export ›class ${name}Group {`,
    '  /** The memory of the entry, or none. */',
    '  bytes‹: DataView› = NOWHERE',
    "  /** Where the entry's block begins. */",
    '  block = 0',
    '  blockLength = 0',
    '  version = 0',
    '  end = 0',
    '  /** Entries, and which one this is: -1 before the first. */',
    '  count = 0',
    '  index = -1',
    '  ‹private ›memory‹: DataView› = NOWHERE',
    '  ‹private ›nextAt = 0',
    ...(children === 0 ? [] : ['  ‹private ›stage = 0']),
    '  /** The message that is written, whose limit moves; none while reading. */',
    '  ‹private ›root‹: { limit: number }› = NO_MESSAGE',
    ...partViews(group.fields),
    ...fields,
    '',
    '  /** Before the first entry of the group that begins at `at`. */',
    '  wrapGroup(bytes‹: DataView›, at‹: number›, end‹: number›, version‹: number›)‹: this› {',
    `    this.blockLength = ${headerRead(dimension.blockLength, 'at', schema)}`,
    `    this.count = ${headerRead(dimension.numInGroup, 'at', schema)}`,
    '    this.version = version',
    '    this.end = end',
    `    this.nextAt = at + ${dimension.bytes}`,
    '    this.index = -1',
    '    this.memory = bytes',
    '    this.bytes = NOWHERE',
    '    this.root = NO_MESSAGE',
    '    return this',
    '  }',
    '',
    '  /** A group without entries. */',
    '  wrapNone()‹: this› {',
    '    this.count = 0',
    '    this.index = -1',
    '    this.bytes = NOWHERE',
    '    return this',
    '  }',
    '',
    "  /** Begins to write the group at the message's limit. */",
    '  start(bytes‹: DataView›, root‹: { limit: number }›, count‹: number›)‹: this› {',
    `    ${headerWrite(dimension.blockLength, 'root.limit', String(group.blockLength), schema)}`,
    `    ${headerWrite(dimension.numInGroup, 'root.limit', 'count', schema)}`,
    `    root.limit += ${dimension.bytes}`,
    `    this.blockLength = ${group.blockLength}`,
    '    this.count = count',
    `    this.version = ${schema.version}`,
    '    this.index = -1',
    '    this.memory = bytes',
    '    this.bytes = NOWHERE',
    '    this.root = root',
    ...(children === 0 ? [] : [`    this.stage = ${children}`]),
    '    return this',
    '  }',
    '',
    '  /** Moves to the next entry; false if there is none. While writing, begins it. */',
    '  next()‹: boolean› {',
    '    if (this.root !== NO_MESSAGE) return this.nextWritten()',
    '    if (this.index + 1 >= this.count) {',
    '      this.bytes = NOWHERE',
    '      return false',
    '    }',
    '    this.index++',
    '    this.bytes = this.memory',
    '    this.block = this.nextAt',
    ...(children === 0
      ? ['    this.nextAt += this.blockLength']
      : [
          '    const { bytes, end, version } = this',
          '    let at = this.block + this.blockLength',
          ...keep.map((line) => `    ${line.replace('FAILED', 'false')}`),
          '    this.nextAt = at',
        ]),
    '    return true',
    '  }',
    '',
    '  ‹private ›nextWritten()‹: boolean› {',
    '    this.finishEntry()',
    '    if (this.index + 1 >= this.count) {',
    '      this.bytes = NOWHERE',
    '      return false',
    '    }',
    '    this.index++',
    '    this.bytes = this.memory',
    '    this.block = this.root.limit',
    `    this.root.limit += ${group.blockLength}`,
    `    for (let at = 0; at < ${group.blockLength}; at++) this.bytes.setUint8(this.block + at, 0)`,
    ...(children === 0 ? [] : ['    this.stage = 0']),
    ...group.fields.flatMap((field) => blankField(field, context).map((line) => `    ${line}`)),
    '    return true',
    '  }',
    '',
    '  /** Writes what was left out of the entry, empty. */',
    '  ‹private ›finishEntry()‹: void› {',
    ...(children === 0
      ? []
      : [`    if (this.stage < ${children}) this.reach(${children}, 'entry')`]),
    ...closing,
    '  }',
    '',
    '  /** Ends the writing of the group. Entries that were announced and not written are an error. */',
    '  close()‹: void› {',
    '    if (this.root === NO_MESSAGE) return',
    '    this.finishEntry()',
    '    this.root = NO_MESSAGE',
    '    this.bytes = NOWHERE',
    '    if (this.index + 1 < this.count) {',
    `      throw new Error(\`${group.name}: \${this.count} entries were announced, \${this.index + 1} written\`)`,
    '    }',
    '  }',
    ...group.fields.flatMap((field) => emitField(field, context)),
    ...methods,
    '',
    '  /** Sets the fields that are given, and writes all groups and data of the entry. */',
    `  assign(fields‹: Partial<${name}Object>›)‹: this› {`,
    ...group.fields.flatMap((field) => assignField(field, context).map((line) => `    ${line}`)),
    ...assignChildren(group),
    '    return this',
    '  }',
    '',
    '  /** Copies of all entries that are left. Allocates. */',
    `  toObjects()‹: ${name}Object[]› {`,
    `    const objects‹: ${name}Object[]› = []`,
    '    while (this.next()) objects.push(this.toObject())',
    '    return objects',
    '  }',
    '',
    '  /** A copy of the entry. Allocates. */',
    `  toObject()‹: ${name}Object› {`,
    '    return {',
    ...objectLines(group, context),
    '    }',
    '  }',
    '}',
  ]
}
