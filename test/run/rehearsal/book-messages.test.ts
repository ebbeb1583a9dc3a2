import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOOK_PROTOCOLS, Books, CHANGE } from '../../../src/book/index.js'
import { BOOK_MESSAGE_ROOM, BookMessages } from '../../../src/run/rehearsal/book-messages.js'

const MESSAGES = 5_000

for (const protocol of BOOK_PROTOCOLS) {
  test(`books of ${protocol} are rehearsed with messages that take all their turns`, () => {
    const bytes = new DataView(new ArrayBuffer(BOOK_MESSAGE_ROOM))
    const messages = new BookMessages(protocol, bytes, 0)
    const books = new Books(protocol)
    let kinds = 0
    let events = 0
    for (let sequence = 1; sequence <= MESSAGES; sequence++) {
      const length = messages.write()
      books.sequence = sequence
      if (books.apply(bytes, 0, length) < 0) continue
      events++
      kinds |= books.change.kinds
    }
    const { unreadable, unknownTypes, crossed } = books.faults
    assert.deepEqual([unreadable, unknownTypes], [0, 0], 'messages are what they seem')
    assert.ok(events > MESSAGES / 2 && crossed > 0)
    const wanted = CHANGE.level | CHANGE.best | CHANGE.trade | CHANGE.state
    assert.equal(kinds & wanted, wanted)
  })
}
