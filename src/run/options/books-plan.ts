import { BOOK_PROTOCOLS, type BookProtocol } from '../../book/book-protocols.js'
import { badOption, bounded } from '../../foundation/errors.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import { meaningless } from './declaration.js'
import type { BooksReceiveOptions, ReadReceiveOptions } from './receive-options.js'

/** Of each a section of the counters, which are copied as a whole by whoever looks on. */
const MAX_TOPS = 256
const SYMBOL = /^[\x21-\x7e]{1,8}$/
const MAX_SHOWN = 80

/** The books of a run. */
export interface BooksPlan {
  /** `auto`: the header of the first datagram says it. */
  readonly protocol: BookProtocol | 'auto'
  /** Live orders that there is room for at first. */
  readonly orders: number
  /** Instruments whose tops others can read. */
  readonly tops: readonly string[]
}

/**
 * @param options what the caller said, to refuse what means nothing
 * @param protocol as `planProtocol` has it
 * @returns null: no books are built
 * @throws {TickwireError} TW_BAD_OPTION for a protocol without books, a symbol that can be none
 */
export function planBooks(
  options: BooksReceiveOptions,
  given: ReadReceiveOptions,
  protocol: string,
): BooksPlan | null {
  const tops = symbols(given.publishTop ?? [])
  const wanted = given.books ?? tops.length > 0
  if (!wanted) {
    if (tops.length > 0) throw needsBooks('publishTop')
    if (options.bookOrders !== undefined) throw needsBooks('bookOrders')
    return null
  }
  return { protocol: bookProtocol(protocol), orders: given.bookOrders, tops }
}

function needsBooks(name: string) {
  return meaningless(name, 'no books are built', `Add ${optionName('books')}, or leave it out.`)
}

function bookProtocol(protocol: string): BookProtocol | 'auto' {
  if (protocol === 'auto') return protocol
  const found = BOOK_PROTOCOLS.find((name) => name === protocol)
  if (found !== undefined) return found
  throw badOption(
    `Books need messages that they can be built from, and ${optionText('protocol', bounded(protocol, MAX_SHOWN))} has none`,
    `Name what the messages are with ${optionName('protocol')}: ${BOOK_PROTOCOLS.join(', ')}.`,
  )
}

/** A list, or a text with commas between. */
function symbols(given: string | readonly string[]): readonly string[] {
  const texts = (typeof given === 'string' ? [given] : given).flatMap((text) => text.split(','))
  const chosen = [...new Set(texts.map((text) => text.trim()))]
  for (const symbol of chosen) {
    if (SYMBOL.test(symbol)) continue
    throw badOption(
      `${optionName('publishTop')} names "${bounded(symbol, MAX_SHOWN)}", which can be no symbol`,
      'Give symbols of at most eight characters, with commas between: AAPL,MSFT.',
    )
  }
  if (chosen.length <= MAX_TOPS) return chosen
  throw badOption(
    `${optionName('publishTop')} names ${chosen.length} instruments`,
    `Choose at most ${MAX_TOPS}.`,
  )
}
