import {
  emitDispatch,
  emitHandler,
  emitViews,
  protocolNames,
} from '../../src/codec/generate/emit-protocol.js'
import { emitView, objectName, viewName } from '../../src/codec/generate/emit-view.js'
import { bracketed, docComment, kebab } from '../../src/codec/generate/text.js'
import type { MessageTable, ProtocolTable } from '../../src/codec/table/field-table.js'

/** Generated files: the path within their folder, and the text. */
export type GeneratedFiles = ReadonlyMap<string, string>

/** Names that generated code may use, and the module that has each. `type` for types. */
const PROJECT_IMPORTS: Readonly<Record<string, string>> = {
  MessageView: '../../wire/message-view.js',
  'type SessionEpoch': '../../foundation/clock.js',
  sinceEpochNs: '../../foundation/clock.js',
  TWO_POW_32: '../../foundation/units.js',
  'type MessageDispatch': '../message-dispatch.js',
  'type MessageViews': '../message-dispatch.js',
  callMethod: '../message-method.js',
  ignoreMessage: '../message-method.js',
  'type MessageMethod': '../message-method.js',
  methodOr: '../message-method.js',
  UnknownMessageView: '../unknown-message-view.js',
  decimalText: '../value/decimal.js',
  parseDecimal: '../value/decimal.js',
  exactInt64: '../value/exact.js',
  exactUint64: '../value/exact.js',
  readText: '../value/short-text.js',
  shortText: '../value/short-text.js',
  writeInt64: '../value/write.js',
  writeText: '../value/write.js',
  writeUint48: '../value/write.js',
  writeZeros: '../value/write.js',
}

/**
 * The files of one folder of generated code: a file for each message, and for each protocol its
 * handler, views and dispatch. Protocols of one folder share the messages that they have in common.
 *
 * @throws {Error} if two protocols mean different things by one name
 */
export function emitFolder(tables: readonly ProtocolTable[]): GeneratedFiles {
  const files = new Map<string, string>()
  const owners = new Map<string, string>()
  for (const table of tables) {
    for (const message of table.messages) {
      const path = `${kebab(message.name)}.ts`
      const text = file(emitView(message, table), {})
      if ((files.get(path) ?? text) !== text) {
        throw new Error(`${table.name} and ${owners.get(path)} differ in ${message.name}`)
      }
      files.set(path, text)
      owners.set(path, table.name)
    }
    for (const [path, text] of protocolFiles(table)) files.set(path, text)
  }
  files.set('index.ts', emitIndex(tables))
  return files
}

function protocolFiles(table: ProtocolTable): [string, string][] {
  const names = protocolNames(table)
  const messages = messageImports(table.messages)
  const handler = `./${table.name}-handler.js`
  const local = {
    ...messages,
    [`type ${names.handler}`]: handler,
    [`type ${names.view}`]: handler,
    [`type ${names.prefix}Input`]: handler,
  }
  return [
    [`${table.name}-handler.ts`, file(emitHandler(table), messages)],
    [`${table.name}-views.ts`, file(emitViews(table), local)],
    [`${table.name}-dispatch.ts`, file(emitDispatch(table), local)],
  ]
}

function messageImports(messages: readonly MessageTable[]): Record<string, string> {
  const imports: Record<string, string> = {}
  for (const message of messages) {
    imports[viewName(message)] = `./${kebab(message.name)}.js`
    imports[`type ${objectName(message)}`] = `./${kebab(message.name)}.js`
  }
  return imports
}

/** A file: what it is, the imports that its lines need, and the lines. */
function file(lines: readonly string[], local: Readonly<Record<string, string>>): string {
  const text = lines.join('\n')
  const modules = new Map<string, string[]>()
  for (const [name, path] of Object.entries({ ...PROJECT_IMPORTS, ...local })) {
    const bare = name.replace(/^type /, '')
    if (!new RegExp(`\\b${bare}\\b(?! extends)`).test(withoutComments(text))) continue
    // A class is made with `new` or extended; a name that is not is used as a type alone.
    const value =
      bare === name && (!/View$/.test(bare) || new RegExp(`(new |extends )${bare}\\b`).test(text))
    const entry = value ? bare : `type ${bare}`
    const entries = modules.get(path) ?? []
    modules.set(path, entries.includes(entry) ? entries : [...entries, entry])
  }
  const imports = [...modules]
    .sort(([a], [b]) => comparePaths(a, b))
    .flatMap(([path, names]) => importLines(names, path))
  return [
    '// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.',
    ...imports,
    '',
    text,
    '',
  ].join('\n')
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
}

/** As the formatter sorts them: farther away first, then by name. */
function comparePaths(a: string, b: string): number {
  const distance = (path: string) => path.split('../').length
  const [x, y] = [a.replace('.js', ''), b.replace('.js', '')]
  return distance(b) - distance(a) || (x < y ? -1 : x > y ? 1 : 0)
}

function importLines(names: readonly string[], path: string): string[] {
  const sorted = [...names].sort((a, b) => {
    const [x, y] = [a.replace('type ', ''), b.replace('type ', '')]
    return x.toLowerCase() < y.toLowerCase() ? -1 : 1
  })
  const typesOnly = sorted.every((name) => name.startsWith('type '))
  const listed = typesOnly ? sorted.map((name) => name.replace('type ', '')) : sorted
  return bracketed(typesOnly ? 'import type {' : 'import {', listed, `} from '${path}'`, '')
}

/** What the folder offers. */
function emitIndex(tables: readonly ProtocolTable[]): string {
  const paths = new Set<string>()
  for (const table of tables) {
    for (const message of table.messages) paths.add(`./${kebab(message.name)}.js`)
    for (const part of ['dispatch', 'handler', 'views']) paths.add(`./${table.name}-${part}.js`)
  }
  const titles = tables.map(({ title }) => title).join(', ')
  return [
    '// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.',
    ...docComment(`Views, encoders and dispatch for ${titles}.`, ''),
    ...[...paths].sort(comparePaths).map((path) => `export * from '${path}'`),
    '',
  ].join('\n')
}
