import { messageOf, TickwireError } from '../../foundation/errors.js'
import { MessageView } from '../../wire/message-view.js'
import type { MessageDispatch, MessageViews } from '../message-dispatch.js'
import type { MessageKind, Protocol } from '../protocols.js'
import { UnknownMessageView } from '../unknown-message-view.js'
import { emitJavaScript } from './emit-module.js'
import { sbeColumns } from './sbe-columns.js'
import type { SbeSchema } from './schema.js'

/** What the generated code of a schema consists of. */
interface SbeModule {
  readonly Views: new () => MessageViews
  readonly Dispatch: new (handler: object) => MessageDispatch
}

/**
 * A protocol from an SBE schema, with views made at run time from the text that `tickwire generate`
 * would write.
 *
 * @param name what `--protocol` was given
 * @throws {TickwireError} TW_NOT_SUPPORTED where this process may not make code from text
 */
export function sbeProtocol(schema: SbeSchema, name: string): Protocol {
  const { Views, Dispatch } = compile(schema)
  const kinds: MessageKind[] = schema.messages.map((message) => ({
    name: message.name,
    doc: message.doc,
    columns: sbeColumns(message, schema),
  }))
  return {
    name,
    title: `${schema.package || 'SBE'}, version ${schema.version}`,
    timeZone: null,
    kinds,
    createViews: () => new Views(),
    createDispatch: (handler) => new Dispatch(handler),
  }
}

/**
 * All names in the text were checked to be identifiers, and all other text of the schema stands in
 * comments and quoted strings.
 */
function compile(schema: SbeSchema): SbeModule {
  const text = emitJavaScript(schema)
  try {
    const make = new Function('MessageView', 'UnknownMessageView', text)
    return make(MessageView, UnknownMessageView) as SbeModule
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    throw new TickwireError(
      'TW_NOT_SUPPORTED',
      `This process may not make code from text: ${messageOf(error)}`,
      'Start it without --disallow-code-generation-from-strings, or use `tickwire generate`.',
    )
  }
}
