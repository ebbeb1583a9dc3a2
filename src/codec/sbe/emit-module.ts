import { preludeFor, render } from '../generate/prelude.js'
import { docComment, quoted } from '../generate/text.js'
import { getCall } from './emit-accessor.js'
import { emitComposite } from './emit-composite.js'
import { emitMessage } from './emit-message.js'
import {
  decimalParts,
  type EnumType,
  type SbeMessage,
  type SbeSchema,
  type SetType,
} from './schema.js'

/** The text of a stand-alone TypeScript module for a schema. */
export function emitTypeScript(schema: SbeSchema, source: string): string {
  const head = docComment(
    `Views of the messages of ${schema.package || 'an SBE schema'}, version ${schema.version}: ` +
      `made by \`tickwire generate\` from ${source}. Do not edit.`,
    '',
  )
  const text = moduleText(schema)
  return `${render([...head, '', preludeFor(text), '', text].join('\n'), 'typescript')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`
}

/**
 * The body of a function that makes the same classes at run time. It has two parameters, the classes
 * `MessageView` and `UnknownMessageView`, and returns `{ Views, Dispatch }`.
 */
export function emitJavaScript(schema: SbeSchema): string {
  const text = moduleText(schema)
  return render(
    ["'use strict'", preludeFor(text), text, 'return { Views, Dispatch }'].join('\n'),
    'javascript',
  )
}

function moduleText(schema: SbeSchema): string {
  return [
    'const NO_MESSAGE‹: { limit: number }› = { limit: 0 }',
    '',
    ...schema.enums.flatMap(emitEnum),
    ...schema.sets.flatMap(emitSet),
    ...schema.composites
      .filter((composite) => decimalParts(composite) === undefined)
      .flatMap((composite) => emitComposite(composite, schema)),
    ...schema.messages.flatMap((message) => emitMessage(message, schema)),
    ...emitViews(schema),
    '',
    ...emitHandler(schema),
    '',
    ...emitDispatch(schema),
  ].join('\n')
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function emitEnum({ name, values }: EnumType): string[] {
  return [
    `/** The values of ${name}. */`,
    `‹export ›const ${name} = {`,
    ...values.flatMap(({ name: each, value, doc }) => [
      ...(doc === '' ? [] : docComment(doc, '  ')),
      `  ${each}: ${Number(value)},`,
    ]),
    '}‹ as const›',
    '',
    `const ${name}Names‹: Readonly<Record<number, string>>› = {`,
    ...values.map(({ name: each, value }) => `  [${Number(value)}]: ${quoted(each)},`),
    '}',
    '',
  ]
}

function emitSet({ name, choices }: SetType): string[] {
  return [
    `/** The bits of ${name}, as masks. */`,
    `‹export ›const ${name} = {`,
    ...choices.flatMap(({ name: each, bit, doc }) => [
      ...(doc === '' ? [] : docComment(doc, '  ')),
      `  ${each}: ${2 ** bit},`,
    ]),
    '}‹ as const›',
    '',
    `const ${name}Bits‹: Readonly<Record<string, number>>› = {`,
    ...choices.map(({ name: each, bit }) => `  ${each}: ${bit},`),
    '}',
    '',
  ]
}

function templateRead(schema: SbeSchema): string {
  const { offset, primitive } = schema.header.templateId
  const at = offset === 0 ? 'offset' : `offset + ${offset}`
  return `bytes.${getCall(primitive, at, schema.byteOrder === 'little')}`
}

function viewOf(message: SbeMessage): string {
  return `${capitalised(message.name)}View`
}

function emitViews(schema: SbeSchema): string[] {
  const { messages } = schema
  return [
    '‹/** A view of one message. `type` says which. */',
    `export type AnyView =`,
    ...messages.map((message) => `  | ${viewOf(message)}`),
    '',
    '/** What can be encoded: any fields of one message. */',
    'export type AnyInput =',
    ...messages.map(
      (message) =>
        `  | (Partial<${capitalised(message.name)}Object> & { readonly type: ${quoted(message.name)} })`,
    ),
    '›',
    '/** One view of each message, to read and write any of them. Confined to one thread. */',
    '‹export ›class Views {',
    ...messages.map((message) => `  ‹readonly ›${message.name} = new ${viewOf(message)}()`),
    '  ‹readonly ›unknown = new UnknownMessageView()',
    '',
    '  /** The view of a message, moved there; `unknown` for one that is not known or not whole. */',
    '  select(bytes‹: DataView›, offset‹: number›, length‹: number›)‹: AnyView | UnknownMessageView› {',
    `    if (length < ${schema.header.bytes}) return this.unknown.mark(bytes, offset, length, true)`,
    `    switch (${templateRead(schema)}) {`,
    ...messages.flatMap((message) => [
      `      case ${message.id}:`,
      `        if (!this.${message.name}.tryWrap(bytes, offset, length)) break`,
      `        return this.${message.name}`,
    ]),
    '      default:',
    '        return this.unknown.mark(bytes, offset, length, false)',
    '    }',
    '    return this.unknown.mark(bytes, offset, length, true)',
    '  }',
    '',
    '  /** Writes a plain object as a message and returns its bytes. What misses is null, 0 or empty. */',
    '  encode(object‹: AnyInput›, bytes‹: DataView›, offset = 0)‹: number› {',
    '    switch (object.type) {',
    ...messages.flatMap((message) => [
      `      case ${quoted(message.name)}:`,
      `        return this.${message.name}.init(bytes, offset).assign(object).finish()`,
    ]),
    '    }',
    '  }',
    '}',
  ]
}

function emitHandler(schema: SbeSchema): string[] {
  return [
    '‹/** What takes messages by name. All methods may be missing; a message is valid during the call. */',
    'export interface Handler {',
    ...schema.messages.flatMap((message) => [
      `  on${capitalised(message.name)}?(message: ${viewOf(message)}, sequence: number): void`,
    ]),
    '  /** Takes what has no method of its own. */',
    '  onMessage?(message: AnyView | UnknownMessageView, sequence: number): void',
    '  /** Takes messages of a template that the schema does not know. */',
    '  onUnknown?(message: UnknownMessageView, sequence: number): void',
    '}',
    '›',
  ]
}

function emitDispatch(schema: SbeSchema): string[] {
  const { messages } = schema
  const method = (name: string, rest: string) => `(${name} ?? ${rest})‹ as MessageMethod›`
  return [
    "/** Calls a handler's method for each message. Nothing is allocated. Confined to one thread. */",
    '‹export ›class Dispatch {',
    '  /** Messages that were shorter than their parts. No method saw them. */',
    '  messageFaults = 0',
    '  /** Messages of templates that the schema does not know. */',
    '  unknownMessages = 0',
    '  ‹private readonly ›handler‹: Handler›',
    ...messages.map(
      (message) => `  ‹private readonly ›on${capitalised(message.name)}‹: MessageMethod›`,
    ),
    '  ‹private readonly ›onUnknown‹: MessageMethod›',
    '  ‹private readonly ›views = new Views()',
    '',
    '  constructor(handler‹: Handler›) {',
    '    const rest = handler.onMessage ?? ignoreMessage',
    '    this.handler = handler',
    ...messages.map((message) => {
      const name = `on${capitalised(message.name)}`
      return `    this.${name} = ${method(`handler.${name}`, 'rest')}`
    }),
    `    this.onUnknown = ${method('handler.onUnknown', 'rest')}`,
    '  }',
    '',
    '  dispatch(bytes‹: DataView›, offset‹: number›, length‹: number›, sequence‹: number›)‹: void› {',
    `    if (length < ${schema.header.bytes}) {`,
    '      this.messageFaults++',
    '      return',
    '    }',
    `    switch (${templateRead(schema)}) {`,
    ...messages.flatMap((message) => [
      `      case ${message.id}: {`,
      `        const message = this.views.${message.name}`,
      '        if (!message.tryWrap(bytes, offset, length)) break',
      `        this.on${capitalised(message.name)}.call(this.handler, message, sequence)`,
      '        return',
      '      }',
    ]),
    '      default: {',
    '        this.unknownMessages++',
    '        const message = this.views.unknown.mark(bytes, offset, length, false)',
    '        this.onUnknown.call(this.handler, message, sequence)',
    '        return',
    '      }',
    '    }',
    '    this.messageFaults++',
    '  }',
    '}',
  ]
}
