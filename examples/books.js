/**
 * A handler module that looks at books: the widest spread of every instrument while its book was valid,
 * and how often it was not.
 *
 *   npx tickwire sample itch50 day.pcap
 *   npx tickwire receive file:day.pcap --framing moldudp64 --protocol itch50 --books --handler examples/books.js
 *
 * `onBook` comes once for each event that changed a book. What it keeps is made beforehand, so that no event
 * costs memory.
 */
import { CHANGE } from 'tickwire/book'

/** Instruments from this number on are not looked at. */
const INSTRUMENTS = 16_384
const SHOWN = 5

const widest = new Float64Array(INSTRUMENTS)
const symbols = new Array(INSTRUMENTS).fill('')
let events = 0
let suspect = 0
let bestChanges = 0

/** @type {import('tickwire').Handler<'itch50', import('tickwire').ReceiveReport>} */
const handler = {
  onBook(book, change, _sequence) {
    events++
    if (book.index >= INSTRUMENTS) return
    if (symbols[book.index] === '') symbols[book.index] = book.instrument
    // A book that may be wrong says so: what it has is no basis for anything.
    if (book.suspectCause !== null) {
      suspect++
      return
    }
    if (!change.has(CHANGE.best)) return
    bestChanges++
    const spread = book.askPrice - book.bidPrice
    if (spread > widest[book.index]) widest[book.index] = spread
  },

  onStop(report) {
    const order = [...symbols.keys()].sort((a, b) => widest[b] - widest[a])
    for (const index of order.slice(0, SHOWN)) {
      console.error(`${symbols[index]}: widest spread ${widest[index].toFixed(4)}`)
    }
    console.error(`${events} events, ${bestChanges} new best prices, ${suspect} while suspect`)
    console.error(`${report.books?.instruments} books, ${report.books?.suspect} suspect at the end`)
  },
}

export default handler
