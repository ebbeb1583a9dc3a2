import type { ReceiveOptions } from '../../../run/options/receive-options.js'

/** One kind of traffic that the reading side is measured with. */
export interface ReadingSection {
  readonly name: string
  readonly framing: 'raw' | 'moldudp64'
  readonly messagesPerDatagram: number
  /** Datagrams that lie in one slot as the kernel coalesces them; 1: each has a slot of its own. */
  readonly datagramsPerSlot: number
  readonly slots: number
  /** What `receive` would be told, beside the framing. */
  readonly options: ReceiveOptions
  /** Passes over all slots in one round. */
  readonly passes: number
}

/**
 * Slots and their number are those that `receive` has by default, so that memory is as warm as it is for
 * a receiver that keeps up. Trains have fewer, since one slot of them takes 64 KiB.
 */
export const READING_SECTIONS: readonly ReadingSection[] = [
  {
    name: 'trains of 64',
    framing: 'raw',
    messagesPerDatagram: 1,
    datagramsPerSlot: 64,
    slots: 256,
    options: { gro: true },
    passes: 500,
  },
  {
    name: 'eights',
    framing: 'raw',
    messagesPerDatagram: 8,
    datagramsPerSlot: 1,
    slots: 1024,
    options: {},
    passes: 400,
  },
  {
    name: 'single datagrams',
    framing: 'raw',
    messagesPerDatagram: 1,
    datagramsPerSlot: 1,
    slots: 1024,
    options: {},
    passes: 1000,
  },
  {
    name: 'MoldUDP64 with 45',
    framing: 'moldudp64',
    messagesPerDatagram: 45,
    datagramsPerSlot: 1,
    slots: 1024,
    options: {},
    passes: 100,
  },
]
