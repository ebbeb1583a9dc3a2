import type { CounterSection } from './counters-layout.js'

/**
 * What the kernel had counted of the whole machine (of its network namespace), over all programs, when the
 * run began (`…Before`) and when it was looked at last. The thread that began the run writes, twice a
 * second; the difference is what may have cost this run something before a socket saw it.
 */
export const MACHINE = {
  /** Packets that found no room between a device and the protocols: /proc/net/softnet_stat, column 2. */
  backlogDropsBefore: 0,
  backlogDrops: 1,
  /** Packets that network devices lost: rx_dropped, rx_missed_errors, rx_fifo_errors, rx_over_errors. */
  deviceDropsBefore: 2,
  deviceDrops: 3,
  /** Datagrams that found no room at a socket: RcvbufErrors. */
  bufferErrorsBefore: 4,
  bufferErrors: 5,
  /** Datagrams whose checksum was wrong: InCsumErrors. */
  wrongChecksumsBefore: 6,
  wrongChecksums: 7,
  /** Packets whose sender could not be answered by where they came in: IPReversePathFilter. */
  reversePathFilteredBefore: 8,
  reversePathFiltered: 9,
  /** Packets for addresses that this machine does not have: InAddrErrors. */
  wrongAddressesBefore: 10,
  wrongAddresses: 11,
  /** Datagrams to ports on which nobody listens: NoPorts. */
  noPortsBefore: 12,
  noPorts: 13,
  /** 1 once they have been looked at. */
  known: 14,
} as const

export const MACHINE_COUNTERS_BYTES = 16 * 8
export const MACHINE_LABEL = 'machine'

export function machineSection(): CounterSection {
  return {
    kind: 'counters',
    label: MACHINE_LABEL,
    bytes: MACHINE_COUNTERS_BYTES,
    fields: MACHINE,
  }
}
