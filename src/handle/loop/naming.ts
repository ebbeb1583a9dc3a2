import type { MessageViews } from '../../codec/message-dispatch.js'
import type { Protocol } from '../../codec/protocols.js'
import type { Framing } from '../../wire/framing.js'
import { IexTpFraming } from '../../wire/iex-tp-framing.js'

/** Stands for no protocol number; none is negative. */
const NO_NUMBER = -1

/**
 * How the messages of a feed get their names: by one protocol, or by the one that each datagram's header
 * tells. Made for one thread.
 */
export class Naming {
  /** The protocol of all messages; undefined where headers tell. */
  readonly protocol: Protocol | undefined
  /** The methods that name a message, of all protocols that may come. */
  readonly methods: ReadonlySet<string>
  readonly #byNumber: (number: number) => Protocol | undefined
  /** Views for a caller that asks for messages, by the number in the header. */
  #views: MessageViews | undefined
  #viewsNumber = NO_NUMBER

  private constructor(
    protocol: Protocol | undefined,
    protocols: readonly Protocol[],
    byNumber: (number: number) => Protocol | undefined,
  ) {
    this.protocol = protocol
    this.#byNumber = byNumber
    this.methods = new Set([
      ...protocols.flatMap(({ kinds }) =>
        kinds.map(({ name }) => `on${name.charAt(0).toUpperCase()}${name.slice(1)}`),
      ),
      'onUnknown',
    ])
    this.#views = protocol?.createViews()
  }

  static fixed(protocol: Protocol): Naming {
    return new Naming(protocol, [protocol], () => protocol)
  }

  static byHeader(
    protocols: readonly Protocol[],
    byNumber: (number: number) => Protocol | undefined,
  ): Naming {
    return new Naming(undefined, protocols, byNumber)
  }

  /** The number that the header of the open datagram has for its protocol. */
  numberOf(framing: Framing): number {
    return framing instanceof IexTpFraming ? framing.protocol : NO_NUMBER
  }

  /** The protocol of that number; undefined for one that is not known. */
  protocolOf(number: number): Protocol | undefined {
    return this.#byNumber(number)
  }

  /** The protocol of the open datagram; undefined: nobody knows it. */
  protocolNow(framing: Framing): Protocol | undefined {
    return this.protocol ?? this.protocolOf(this.numberOf(framing))
  }

  /** Views of the messages of the open datagram; undefined: nobody knows their layout. */
  viewsFor(framing: Framing): MessageViews | undefined {
    if (this.protocol !== undefined) return this.#views
    const number = this.numberOf(framing)
    if (number !== this.#viewsNumber) {
      this.#viewsNumber = number
      this.#views = this.protocolOf(number)?.createViews()
    }
    return this.#views
  }
}
