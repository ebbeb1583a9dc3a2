import type { SessionEpoch } from '../../foundation/clock.js'
import { messageOf, TickwireError } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'
import type { AnyMessageView, Handler, HandlerContext } from '../../handle/handler.js'
import { BusyHandler, CountingHandler } from '../../handle/loop/built-in-handlers.js'
import { Outlet } from '../../handle/outlet/outlet.js'
import { createClock } from '../../native/create-clock.js'
import type { HandlerChoice } from '../options/receive-plan.js'

/** What of a plan says what a handler is. */
export interface HandlerPlan {
  readonly handler: HandlerChoice
  /** Null or false: no books are built. */
  readonly books: object | boolean | null
}

/** Called from a loop that no event loop interrupts. */
const HOT_METHODS = [
  'onMessage',
  'onBook',
  'onLate',
  'onGap',
  'onStatus',
  'onSkip',
  'onTop',
] as const
const METHODS = ['onStart', ...HOT_METHODS, 'onStop'] as const

/**
 * Makes the handler, in the thread that will run it.
 *
 * @param named methods that a protocol gives to handlers beside `onMessage`
 * @throws {TickwireError} TW_BAD_HANDLER if the module cannot be loaded or its default export has no
 * `onMessage` and none of those
 */
export async function loadHandler(
  plan: HandlerPlan,
  epoch: SessionEpoch,
  named: ReadonlySet<string> = new Set(),
): Promise<Handler> {
  const source = plan.handler
  const books = plan.books !== null && plan.books !== false
  if (source.kind === 'iterate') return new CountingHandler()
  if (source.kind === 'outlet') return new Outlet(source)
  const handler =
    source.kind === 'count' ? new CountingHandler() : await importHandler(source.url, named, books)
  if (source.workNs === 0) return handler
  return withWork(handler, source.workNs, epoch, named)
}

function withWork(
  handler: Handler,
  workNs: number,
  epoch: SessionEpoch,
  named: ReadonlySet<string>,
): Handler {
  const clock = createClock(epoch)
  const busy: Handler = new BusyHandler(handler, workNs, clock)
  const methods = handler as unknown as Record<string, Handler['onMessage'] | undefined>
  for (const name of named) {
    const method = methods[name]
    if (method === undefined) continue
    const inner: Handler = {
      onMessage: (message, sequence) => method.call(handler, message, sequence),
    }
    const slow = new BusyHandler(inner, workNs, clock)
    Object.assign(busy, {
      [name]: (message: AnyMessageView, sequence: number) => slow.onMessage(message, sequence),
    })
  }
  if (handler.onStart) busy.onStart = (context) => handler.onStart?.(context)
  if (handler.onBook) {
    busy.onBook = (book, change, sequence) => handler.onBook?.(book, change, sequence)
  }
  if (handler.onGap) busy.onGap = (gap) => handler.onGap?.(gap)
  if (handler.onStatus) busy.onStatus = (status) => handler.onStatus?.(status)
  if (handler.onLate) busy.onLate = (message, sequence) => handler.onLate?.(message, sequence)
  if (handler.onSkip) busy.onSkip = (skip) => handler.onSkip?.(skip)
  if (handler.onTop) busy.onTop = (top) => handler.onTop?.(top)
  if (handler.onStop) busy.onStop = (report) => handler.onStop?.(report)
  return busy
}

async function importHandler(
  url: string,
  named: ReadonlySet<string>,
  books: boolean,
): Promise<Handler> {
  let module: { default?: unknown }
  try {
    module = (await import(url)) as { default?: unknown }
  } catch (error) {
    throw (
      typescriptProblem(url, error) ?? bad(url, `could not be loaded: ${messageOf(error)}`, error)
    )
  }
  const exported =
    typeof module.default === 'function' ? construct(url, module.default) : module.default
  if (typeof exported !== 'object' || exported === null) {
    throw bad(url, 'has no default export that is an object or a class')
  }
  const methods = exported as Record<string, unknown>
  for (const name of [...METHODS, ...named]) {
    const method = methods[name]
    if (method !== undefined && typeof method !== 'function')
      throw bad(url, `has an ${name} that is no function`)
  }
  for (const name of [...HOT_METHODS, ...named]) {
    if (methods[name]?.constructor.name === 'AsyncFunction') {
      throw bad(url, `has an async ${name}, whose promise would only run after the feed`)
    }
  }
  const names = [...named].some((name) => methods[name] !== undefined)
  if (books && methods['onBook'] !== undefined) return exported as Handler
  if (methods['onMessage'] === undefined && methods['onBook'] !== undefined && !names) {
    throw onlyBooks(url)
  }
  if (methods['onMessage'] === undefined && !names) {
    throw bad(
      url,
      named.size === 0
        ? 'has no onMessage'
        : 'has neither onMessage nor a method that names a message',
      undefined,
      named,
    )
  }
  // Checked above: each of the methods is a function or not there.
  return exported as Handler
}

/** What Node of this version says to a handler in TypeScript, with what to do about it. */
function typescriptProblem(url: string, cause: unknown): TickwireError | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !/\.[cm]?tsx?$/.test(url)) return undefined
  return new TickwireError(
    'TW_BAD_HANDLER',
    `The handler module ${url} is TypeScript, which Node ${process.versions.node} does not run by itself`,
    'Compile it to JavaScript, start node with a loader (node --import tsx …), or use Node 22.18 or newer.',
    { cause },
  )
}

function construct(url: string, exported: unknown): unknown {
  try {
    return new (exported as new () => unknown)()
  } catch (error) {
    throw bad(url, `has a class that cannot be made: ${messageOf(error)}`, error)
  }
}

/** A handler of books in a run that builds none would never be called. */
function onlyBooks(url: string): TickwireError {
  return new TickwireError(
    'TW_BAD_HANDLER',
    `The handler module ${url} has onBook and no onMessage, and no books are built`,
    `Add ${optionName('books')}.`,
  )
}

function bad(
  url: string,
  why: string,
  cause?: unknown,
  named: ReadonlySet<string> = new Set(),
): TickwireError {
  const [example] = named
  const or = example === undefined ? '' : `, or methods such as ${example}(message, sequence)`
  return new TickwireError(
    'TW_BAD_HANDLER',
    `The handler module ${url} ${why}`,
    `Export by default an object or a class with the method onMessage(message, sequence)${or}.`,
    { cause },
  )
}

/** Tells a handler of the start; what it throws there ends the run before it began. */
export async function startHandler(handler: Handler, context: HandlerContext): Promise<void> {
  try {
    await handler.onStart?.(context)
  } catch (error) {
    throw handlerThrew('onStart', error)
  }
}

/** Gives a handler the report. */
export async function stopHandler(handler: Handler, report: unknown): Promise<void> {
  try {
    await handler.onStop?.(report)
  } catch (error) {
    throw handlerThrew('onStop', error)
  }
}

function handlerThrew(method: string, error: unknown): TickwireError {
  return new TickwireError(
    'TW_HANDLER_THREW',
    `The handler threw in ${method}: ${messageOf(error)}`,
    `Mend ${method} of the handler.`,
    { cause: error },
  )
}
