import type { BookProtocol } from '../../book/index.js'
import { fitsItch50 } from '../../codec/tables/fits-itch50.js'
import { badOption } from '../../foundation/errors.js'

/** What a message of each type has in bytes, where only one protocol of a framing has that type. */
const TELLING: Readonly<Record<string, ReadonlyMap<string, number>>> = {
  tops16: new Map([['Q', 42]]),
  deep10: new Map([
    ['8', 30],
    ['5', 30],
  ]),
  deepplus10: new Map([
    ['a', 38],
    ['M', 38],
    ['R', 26],
    ['L', 46],
    ['C', 18],
  ]),
}

/** Messages of ITCH 5.0 that are enough to believe it. */
const ITCH_ENOUGH = 3

/** Tells from messages, by type and length, which protocol they are of, as far as books know it. */
export class ProtocolGuess {
  /** What it is; undefined: not known yet. */
  found: BookProtocol | undefined
  readonly #framing: string
  #fitting = 0

  /** @throws {TickwireError} TW_BAD_OPTION for a framing whose messages have no books */
  constructor(framing: string) {
    this.#framing = framing
    if (framing === 'raw') {
      throw badOption(
        'The messages of the framing raw are no books, but quotes and trades',
        'Name the framing of an exchange with --framing: iex-tp, moldudp64, binaryfile.',
      )
    }
  }

  /** @throws {TickwireError} TW_BAD_OPTION for messages that no protocol with books has */
  look(bytes: DataView, offset: number, length: number): void {
    if (length === 0) return
    const code = bytes.getUint8(offset)
    const type = String.fromCharCode(code)
    if (this.#framing !== 'iex-tp') {
      if (!fitsItch50(code, length)) throw unknownProtocol(type, length)
      if (++this.#fitting >= ITCH_ENOUGH) this.found = 'itch50'
      return
    }
    for (const [protocol, types] of Object.entries(TELLING)) {
      if (types.get(type) === length) this.found = protocol as BookProtocol
    }
  }

  /** No more messages come: the best that can be said. */
  settle(): BookProtocol {
    return this.#framing === 'iex-tp' ? 'tops16' : 'itch50'
  }
}

function unknownProtocol(type: string, length: number) {
  return badOption(
    `A message of type "${type}" with ${length} bytes is none of ITCH 5.0, so the protocol is not known`,
    'Name it with --protocol: itch50, tops16, deep10 or deepplus10.',
  )
}
