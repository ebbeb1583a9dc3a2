import { copyBytes } from '../../foundation/copy-bytes.js'
import { BLOCK_HEADER_BYTES } from '../../wire/blocks.js'
import { IexTpFraming } from '../../wire/iex-tp-framing.js'
import { MARKET_DATA_BYTES } from '../../wire/market-data-view.js'
import type { RunDelivery } from '../loop/run-delivery.js'
import type { OpenRun } from '../open-run.js'
import { OUTLET, OUTLET_MESSAGES, type Outlet } from './outlet.js'

/** Copies each run of a feed, as it lies, into an outlet's ring. One thread; no allocation. */
export class OutletRuns implements RunDelivery {
  readonly #run: OpenRun
  readonly #outlet: Outlet
  readonly #native: boolean
  readonly #littleEndian: boolean
  readonly #iex: IexTpFraming | undefined

  constructor(run: OpenRun, outlet: Outlet) {
    this.#run = run
    this.#outlet = outlet
    this.#native = run.blocks === 'none'
    this.#littleEndian = run.blocks === 'little-endian'
    this.#iex = run.framing instanceof IexTpFraming ? run.framing : undefined
    outlet.watch(run)
  }

  deliverRun(count: number): void {
    const run = this.#run
    const outlet = this.#outlet
    const length = this.#native ? count * MARKET_DATA_BYTES : this.#blockBytes(count)
    if (!outlet.claim(OUTLET.messages, OUTLET_MESSAGES.messages + length)) {
      outlet.drop(run.first, count)
      return
    }
    const { bytes } = outlet.writer
    const { at } = outlet
    bytes.setFloat64(at + OUTLET_MESSAGES.first, run.first, true)
    bytes.setFloat64(at + OUTLET_MESSAGES.receivedNs, run.receivedNs, true)
    bytes.setUint32(at + OUTLET_MESSAGES.count, count, true)
    bytes.setUint32(at + OUTLET_MESSAGES.bytes, length, true)
    if (this.#iex !== undefined) this.#writeHeader(this.#iex, bytes, at)
    copyBytes(run.bytes, run.offset, bytes, at + OUTLET_MESSAGES.messages, length)
    outlet.writer.publish()
  }

  #blockBytes(count: number): number {
    const { bytes, offset } = this.#run
    let end = offset
    for (let i = 0; i < count; i++) {
      end += BLOCK_HEADER_BYTES + bytes.getUint16(end, this.#littleEndian)
    }
    return end - offset
  }

  #writeHeader(iex: IexTpFraming, bytes: DataView, at: number): void {
    bytes.setUint32(at + OUTLET_MESSAGES.protocol, iex.protocol, true)
    bytes.setUint32(at + OUTLET_MESSAGES.channel, iex.channel, true)
    bytes.setUint32(at + OUTLET_MESSAGES.sendNs, iex.sendTimeLow, true)
    bytes.setUint32(at + OUTLET_MESSAGES.sendNs + 4, iex.sendTimeHigh, true)
  }
}
