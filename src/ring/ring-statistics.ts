import { FULL_COUNT, HIGH_WATER, layoutOf, PUBLISHED, RELEASED } from './layout.js'

/** What a ring has seen. Any thread may read it; the figures may be a moment old. */
export interface RingStatistics {
  readonly slots: number
  readonly slotBytes: number
  /** Most slots ever in use at once. */
  readonly highWater: number
  /** Times that the producer had something and found no free slot. */
  readonly fullCount: number
  /** Slots in use now. */
  readonly used: number
}

export function ringStatistics(buffer: SharedArrayBuffer): RingStatistics {
  const layout = layoutOf(buffer)
  const words = new Int32Array(buffer)
  // In this order what was handed over is never behind what was given back; it may run ahead meanwhile.
  const released = Atomics.load(words, RELEASED / 4)
  const used = (Atomics.load(words, PUBLISHED / 4) - released) | 0
  return {
    slots: layout.slotCount,
    slotBytes: layout.slotBytes,
    highWater: words[HIGH_WATER / 4] ?? 0,
    fullCount: new Float64Array(buffer)[FULL_COUNT / 8] ?? 0,
    used: Math.min(used, layout.slotCount),
  }
}
