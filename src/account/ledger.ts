/**
 * The account of a feed's messages. `null` stands for what cannot be known.
 *
 * expected = delivered + skipped + lost.total, and lost.total is the sum of its parts.
 */
export interface Ledger {
  /** What the sequences, or the given count, say was sent. */
  readonly expected: number
  readonly delivered: number
  readonly skipped: number
  readonly lost: Losses
  readonly duplicates: number
  readonly recovered: number
  readonly balanced: boolean
}

export interface Losses {
  /** Dropped by the kernel because the socket's buffer was full; null where it does not tell. */
  readonly kernel: number | null
  /** Discarded because the ring was full. */
  readonly ring: number
  readonly network: number
  /** In datagrams that could not be read. */
  readonly invalid: number
  /** Asked for again, and never got. */
  readonly unrecovered: number
  /** Not delivered because the run ended, began late or was failed by its handler: ours, nobody lost them. */
  readonly cutOff: number
  readonly total: number
}

/** Adds up the losses and sees whether the account balances. */
export function ledgerOf(parts: {
  expected: number
  delivered: number
  skipped: number
  lost: Omit<Losses, 'total'>
  duplicates: number
  recovered: number
}): Ledger {
  const { kernel, ring, network, invalid, unrecovered, cutOff } = parts.lost
  const total = (kernel ?? 0) + ring + network + invalid + unrecovered + cutOff
  return {
    expected: parts.expected,
    delivered: parts.delivered,
    skipped: parts.skipped,
    lost: { ...parts.lost, total },
    duplicates: parts.duplicates,
    recovered: parts.recovered,
    balanced: parts.expected === parts.delivered + parts.skipped + total,
  }
}

/** Delivered in percent of expected; null before anything is expected. Three decimals. */
export function efficiencyPercent(ledger: Ledger): number | null {
  if (ledger.expected === 0) return null
  // Rounded down, so that 100 means all.
  return Math.floor((ledger.delivered / ledger.expected) * 1e5) / 1e3
}
