import { docComment, quoted } from '../generate/text.js'
import { capitalised, headerRead, headerWrite } from './block-text.js'
import type { SbeBlock, SbeData, SbeSchema } from './schema.js'

/** Members that messages and groups share: parts, reading of groups and data, writing of them. */
export function childMembers(
  block: SbeBlock,
  prefix: string,
  schema: SbeSchema,
  root: string,
): { fields: string[]; methods: string[] } {
  const fields: string[] = []
  const methods: string[] = []
  const children = [...block.groups, ...block.data]
  children.forEach((child) => {
    fields.push(`  ‹private ›${child.name}At = 0`)
  })
  for (const [ordinal, group] of block.groups.entries()) {
    const view = `${prefix}${capitalised(group.name)}Group`
    fields.push(`  ‹private readonly ›${group.name}Group = new ${view}()`)
    methods.push(
      '',
      ...docComment(
        `${group.doc || `The group ${group.name}`}: call \`next()\` for its first entry. ` +
          'Groups may be read in any order, each as often as wanted.',
        '  ',
      ),
      `  ${group.name}()‹: ${view}› {`,
      ...(group.since > 0
        ? [`    if (this.version < ${group.since}) return this.${group.name}Group.wrapNone()`]
        : []),
      `    return this.${group.name}Group.wrapGroup(this.bytes, this.${group.name}At, this.end, this.version)`,
      '  }',
      '',
      `  /** Begins to write the group: then \`next()\` and the setters, for each of its entries. */`,
      `  start${capitalised(group.name)}(count‹: number›)‹: ${view}› {`,
      `    this.reach(${ordinal}, ${quoted(group.name)})`,
      `    return this.${group.name}Group.start(this.bytes, ${root}, count)`,
      '  }',
    )
  }
  for (const [i, data] of block.data.entries()) {
    methods.push(...dataMembers(data, block.groups.length + i, schema, root))
  }
  if (children.length > 0) methods.push('', ...reachMethod(block, schema, root))
  return { fields, methods }
}

export function dataMembers(
  data: SbeData,
  ordinal: number,
  schema: SbeSchema,
  root: string,
): string[] {
  const type = data.encoding === null ? 'Uint8Array' : 'string'
  const length = headerRead(data.length, `this.${data.name}At`, schema).replace(/^/, 'this.')
  const empty = data.encoding === null ? 'new Uint8Array(0)' : "''"
  const from = `this.${data.name}At + ${data.headerBytes}`
  return [
    '',
    ...docComment(
      `${data.doc || `The data ${data.name}`}: ${data.encoding === null ? 'a copy of its bytes' : 'text'}. Allocates.`,
      '  ',
    ),
    `  get ${data.name}()‹: ${type}› {`,
    ...(data.since > 0 ? [`    if (this.version < ${data.since}) return ${empty}`] : []),
    `    const length = ${length}`,
    ...(data.encoding === null
      ? [
          '    const { buffer, byteOffset } = this.bytes',
          `    return Uint8Array.from(new Uint8Array(buffer, byteOffset + ${from}, length))`,
        ]
      : [`    return readChars(this.bytes, ${from}, length, ${data.encoding === 'utf8'})`]),
    '  }',
    '',
    '  /** Writes the data, after all groups and data that stand before it. */',
    `  write${capitalised(data.name)}(value‹: ${type}›)‹: void› {`,
    `    this.reach(${ordinal}, ${quoted(data.name)})`,
    `    const source = ${data.encoding === null ? 'value' : `charBytes(value, ${data.encoding === 'utf8'})`}`,
    `    const { bytes } = this`,
    `    ${headerWrite(data.length, `${root}.limit`, 'source.length', schema)}`,
    `    ${root}.limit += ${data.headerBytes}`,
    `    for (const byte of source) bytes.setUint8(${root}.limit++, byte)`,
    '  }',
  ]
}

/** The method that sees to the order: what was left out before is written empty. */
export function reachMethod(block: SbeBlock, schema: SbeSchema, root: string): string[] {
  const children = [...block.groups, ...block.data]
  return [
    '  /** Goes on to a group or data; what stands before it and was not written becomes empty. */',
    `  ‹private ›reach(ordinal‹: number›, name‹: string›)‹: void› {`,
    '    if (this.stage > ordinal) outOfOrder(name)',
    '    const { bytes } = this',
    ...(block.groups.length === 0
      ? []
      : [
          `    for (const group of [${block.groups.map((group) => `this.${group.name}Group`).join(', ')}]) group.close()`,
        ]),
    '    while (this.stage < ordinal) {',
    '      switch (this.stage++) {',
    ...children.flatMap((child, i) => [
      `        case ${i}:`,
      `          this.${child.name}At = ${root}.limit`,
      ...('dimension' in child
        ? [
            `          ${headerWrite(child.dimension.blockLength, `${root}.limit`, String(child.blockLength), schema)}`,
            `          ${headerWrite(child.dimension.numInGroup, `${root}.limit`, '0', schema)}`,
            `          ${root}.limit += ${child.dimension.bytes}`,
          ]
        : [
            `          ${headerWrite(child.length, `${root}.limit`, '0', schema)}`,
            `          ${root}.limit += ${child.headerBytes}`,
          ]),
      '          break',
    ]),
    '      }',
    '    }',
    `    switch (ordinal) {`,
    ...children.flatMap((child, i) => [
      `      case ${i}:`,
      `        this.${child.name}At = ${root}.limit`,
      '        break',
    ]),
    '    }',
    '    this.stage = ordinal + 1',
    '  }',
  ]
}

/** Statements that take groups and data from a plain object, in order. */
export function assignChildren(block: SbeBlock): string[] {
  return [
    ...block.groups.flatMap((group) => {
      const view = `start${capitalised(group.name)}`
      return [
        `    const ${group.name}Given = fields.${group.name} ?? []`,
        `    const ${group.name}Written = this.${view}(${group.name}Given.length)`,
        `    for (const each of ${group.name}Given) {`,
        `      ${group.name}Written.next()`,
        `      ${group.name}Written.assign(each)`,
        '    }',
      ]
    }),
    ...block.data.map((data) => {
      const empty = data.encoding === null ? 'new Uint8Array(0)' : "''"
      return `    this.write${capitalised(data.name)}(fields.${data.name} ?? ${empty})`
    }),
  ]
}
