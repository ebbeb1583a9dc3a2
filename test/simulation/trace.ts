import type { Datagram } from './datagram.js'

/** Writes down what happens, one line for each thing, with the simulated time; or does nothing. */
export class Trace {
  readonly #write: ((line: string) => void) | undefined
  #startNs = Number.NaN

  constructor(write: ((line: string) => void) | undefined) {
    this.#write = write
  }

  /** @param details plain data */
  note(nowNs: number, what: string, details: object): void {
    if (this.#write === undefined) return
    if (Number.isNaN(this.#startNs)) this.#startNs = nowNs
    const ms = ((nowNs - this.#startNs) / 1e6).toFixed(6).padStart(12)
    const text = Object.entries(details)
      .filter(([, value]) => typeof value !== 'object')
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')
    this.#write(`${ms} ms  ${what.padEnd(16)} ${text}`)
  }

  datagram(nowNs: number, what: string, { payload, held }: Datagram): void {
    if (this.#write === undefined) return
    const bytes = payload.length
    const details =
      held === undefined
        ? { strange: true, bytes }
        : { kind: held.kind, stream: held.stream.index, first: held.sequence, count: held.count }
    this.note(nowNs, what, { ...details, bytes })
  }
}
