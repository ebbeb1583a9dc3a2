import {
  capitalised,
  codeOf,
  type MessageTable,
  methodOf,
  type ProtocolTable,
  typeOffsetOf,
} from '../table/field-table.js'
import { objectName, viewName } from './emit-view.js'
import { assigned, docComment, quoted, signature } from './text.js'

/** Names of what a protocol's generated code consists of. */
export function protocolNames(table: ProtocolTable) {
  const prefix = capitalised(table.name)
  return {
    prefix,
    view: `${prefix}View`,
    object: `${prefix}Object`,
    handler: `${prefix}Handler`,
    views: `${prefix}Views`,
    dispatch: `${prefix}Dispatch`,
  }
}

/** The case of a message: a literal, which engines make a table of jumps from. */
function caseOf(message: MessageTable, end: string): string[] {
  const code = `      case 0x${codeOf(message).toString(16).padStart(2, '0')}:${end}`
  return typeof message.code === 'string' ? [`      // ${message.code}`, code] : [code]
}

/** The unions of views and objects, and the handler's interface. */
export function emitHandler(table: ProtocolTable): string[] {
  const names = protocolNames(table)
  return [
    ...docComment(`A view of one message of ${table.title}. \`type\` says which.`, ''),
    `export type ${names.view} =`,
    ...table.messages.map((message) => `  | ${viewName(message)}`),
    '',
    ...docComment(`One message of ${table.title} as a plain object. \`type\` says which.`, ''),
    `export type ${names.object} =`,
    ...table.messages.map((message) => `  | ${objectName(message)}`),
    '',
    ...docComment(`What can be encoded: any fields of one message of ${table.title}.`, ''),
    `export type ${names.prefix}Input =`,
    ...table.messages.map(
      (message) =>
        `  | (Partial<${objectName(message)}> & { readonly type: ${quoted(message.name)} })`,
    ),
    '',
    ...docComment(
      `What takes messages of ${table.title} by name. All methods may be missing.\n\n` +
        'A message lies in memory that is used again: it is valid only during the call.',
      '',
    ),
    `export interface ${names.handler} {`,
    ...table.messages.flatMap((message) => [
      ...docComment(`${message.doc ?? `The message ${message.name}`}.`, '  '),
      `  ${methodOf(message)}?(message: ${viewName(message)}, sequence: number): void`,
    ]),
    '  /** Takes what has no method of its own: also unknown types, if `onUnknown` is missing. */',
    `  onMessage?(message: ${names.view} | UnknownMessageView, sequence: number): void`,
    '  /** Takes messages of a type that the protocol does not know. */',
    '  onUnknown?(message: UnknownMessageView, sequence: number): void',
    '}',
  ]
}

/** The set of flyweights: finds the right one for a message, and encodes plain objects. */
export function emitViews(table: ProtocolTable): string[] {
  const names = protocolNames(table)
  const input = `${names.prefix}Input`
  return [
    ...docComment(
      `One view of each message of ${table.title}, to read and write any of them. ` +
        'Each view is used again for the next message of its kind. Confined to one thread.',
      '',
    ),
    `export class ${names.views} implements MessageViews {`,
    ...table.messages.map((message) => `  readonly ${message.name} = new ${viewName(message)}()`),
    '  readonly unknown = new UnknownMessageView()',
    '',
    ...docComment(
      'The view of the message at `offset`, moved there. What is of an unknown type, or shorter ' +
        'than its type must be, is shown by `unknown`, whose `fault` tells the two apart.',
      '  ',
    ),
    ...signature(
      'select',
      ['bytes: DataView', 'offset: number', 'length: number'],
      `${names.view} | UnknownMessageView`,
    ),
    ...selectBody(table),
    '  }',
    '',
    '  /** Writes a plain object as a message and returns its bytes. Fields that miss are 0 or blank. */',
    `  encode(object: ${input}, bytes: DataView, offset = 0): number {`,
    '    switch (object.type) {',
    ...table.messages.flatMap((message) => [
      `      case ${quoted(message.name)}:`,
      `        this.${message.name}.init(bytes, offset).assign(object)`,
      `        return ${viewName(message)}.LENGTH`,
    ]),
    '    }',
    '  }',
    '}',
  ]
}

/** Finds the view of a message by its type; where there are no types, there is one view. */
function selectBody(table: ProtocolTable): string[] {
  const typeOffset = typeOffsetOf(table)
  const [only] = table.messages
  if (typeOffset === undefined) {
    return [
      `    if (length < ${only?.length}) return this.unknown.mark(bytes, offset, length, true)`,
      `    return this.${only?.name}.wrap(bytes, offset, length)`,
    ]
  }
  return [
    `    if (length < ${typeOffset + 1}) {`,
    '      return this.unknown.mark(bytes, offset, length, true)',
    '    }',
    `    switch (bytes.getUint8(${typeOffset === 0 ? 'offset' : `offset + ${typeOffset}`})) {`,
    ...table.messages.flatMap((message) => [
      ...caseOf(message, ''),
      `        if (length < ${message.length}) break`,
      `        return this.${message.name}.wrap(bytes, offset, length)`,
    ]),
    '      default:',
    '        return this.unknown.mark(bytes, offset, length, false)',
    '    }',
    '    return this.unknown.mark(bytes, offset, length, true)',
  ]
}

/** The class that calls a handler's methods. */
export function emitDispatch(table: ProtocolTable): string[] {
  const names = protocolNames(table)
  const typed = typeOffsetOf(table) !== undefined
  return [
    ...docComment(
      `Calls a handler's method for each message of ${table.title}.\n\n` +
        'Which methods there are is looked up once, when the dispatch is made. Nothing is ' +
        'allocated per message. Confined to one thread.',
      '',
    ),
    `export class ${names.dispatch} implements MessageDispatch {`,
    '  messageFaults = 0',
    '  unknownMessages = 0',
    `  private readonly handler: ${names.handler}`,
    ...table.messages.map((message) => `  private readonly ${methodOf(message)}: MessageMethod`),
    ...(typed ? ['  private readonly onUnknown: MessageMethod'] : []),
    ...table.messages.map(
      (message) => `  private readonly ${message.name} = new ${viewName(message)}()`,
    ),
    ...(typed ? ['  private readonly unknown = new UnknownMessageView()'] : []),
    '',
    `  constructor(handler: ${names.handler}) {`,
    '    const rest = handler.onMessage ?? ignoreMessage',
    '    this.handler = handler',
    ...table.messages.flatMap((message) =>
      assigned(`this.${methodOf(message)}`, `methodOr(handler.${methodOf(message)}, rest)`),
    ),
    ...(typed ? ['    this.onUnknown = methodOr(handler.onUnknown, rest)'] : []),
    '  }',
    '',
    '  dispatch(bytes: DataView, offset: number, length: number, sequence: number): void {',
    ...dispatchBody(table),
    '  }',
    '}',
  ]
}

/** The statements that wrap a message and call its method. */
function callLines(message: MessageTable, indent: string): string[] {
  return [
    `const message = this.${message.name}`,
    'message.bytes = bytes',
    'message.offset = offset',
    'message.length = length',
    `callMethod(this.${methodOf(message)}, this.handler, message, sequence)`,
  ].map((line) => indent + line)
}

function dispatchBody(table: ProtocolTable): string[] {
  const typeOffset = typeOffsetOf(table)
  const [only] = table.messages
  const tooShort = (bytes: number) => [
    `    if (length < ${bytes}) {`,
    '      this.messageFaults++',
    '      return',
    '    }',
  ]
  if (typeOffset === undefined) {
    return only === undefined ? [] : [...tooShort(only.length), ...callLines(only, '    ')]
  }
  return [
    ...tooShort(typeOffset + 1),
    `    switch (bytes.getUint8(${typeOffset === 0 ? 'offset' : `offset + ${typeOffset}`})) {`,
    ...table.messages.flatMap((message) => [
      ...caseOf(message, ' {'),
      `        if (length < ${message.length}) break`,
      ...callLines(message, '        '),
      '        return',
      '      }',
    ]),
    '      default: {',
    '        this.unknownMessages++',
    '        const message = this.unknown.mark(bytes, offset, length, false)',
    '        callMethod(this.onUnknown, this.handler, message, sequence)',
    '        return',
    '      }',
    '    }',
    '    this.messageFaults++',
  ]
}
