import type { ProtocolTable } from '../table/field-table.js'
import { emitDispatch, emitHandler, emitViews } from './emit-protocol.js'
import { emitView } from './emit-view.js'
import { preludeFor, render } from './prelude.js'
import { docComment } from './text.js'

/** The text of a stand-alone TypeScript module for a field table. */
export function emitTableModule(table: ProtocolTable, source: string): string {
  const text = [
    ...table.messages.flatMap((message) => [...emitView(message, table), '']),
    ...emitHandler(table),
    '',
    ...emitViews(table),
    '',
    ...emitDispatch(table),
  ]
    .join('\n')
    .replaceAll(/ implements \w+ \{/g, ' {')
  const head = docComment(
    `Views of the messages of ${table.title}: made by \`tickwire generate\` from ${source}. Do not edit.`,
    '',
  ).join('\n')
  const prelude = render(preludeFor(text), 'typescript')
  return `${[head, prelude, text]
    .join('\n\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`
}
