import { docComment } from '../generate/text.js'
import { contextOf, emitObject, layoutOf, objectLines, partViews } from './block-text.js'
import { emitField } from './emit-field.js'
import { assignField, blankField } from './emit-object.js'
import type { CompositeType, SbeBlock, SbeSchema } from './schema.js'

/** The view of a composite that is no decimal number. */
export function emitComposite(composite: CompositeType, schema: SbeSchema): string[] {
  const context = contextOf(schema)
  const { name, members } = composite
  const block: SbeBlock = { blockLength: composite.bytes, fields: members, groups: [], data: [] }
  return [
    ...emitObject(block, `${name}Object`, name, `The composite ${name}`, undefined),
    '',
    ...docComment(`The composite ${name}.\n\n${layoutOf(block)}`, ''),
    `‹export ›class ${name}Composite {`,
    '  bytes‹: DataView› = NOWHERE',
    '  block = 0',
    '  version = 0',
    ...partViews(members),
    '',
    '  /** Moves the window and returns it. */',
    '  wrapBlock(bytes‹: DataView›, block‹: number›, version‹: number›)‹: this› {',
    '    this.bytes = bytes',
    '    this.block = block',
    '    this.version = version',
    '    return this',
    '  }',
    '',
    '  /** Writes nulls where there are any. */',
    '  blank()‹: void› {',
    ...members.flatMap((field) => blankField(field, context).map((line) => `    ${line}`)),
    '  }',
    ...members.flatMap((field) => emitField(field, context)),
    '',
    '  /** Sets the members that are given. */',
    `  assign(fields‹: Partial<${name}Object>›)‹: this› {`,
    ...members.flatMap((field) => assignField(field, context).map((line) => `    ${line}`)),
    '    return this',
    '  }',
    '',
    '  /** A copy that may be kept. Allocates. */',
    `  toObject()‹: ${name}Object› {`,
    '    return {',
    ...objectLines(block, context),
    '    }',
    '  }',
    '}',
    '',
  ]
}
