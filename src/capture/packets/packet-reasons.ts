/**
 * Why a packet is no datagram of the feed, as a number: an IP protocol (0 to 255), one of these, or
 * `etherType` plus an Ethernet type, or `linkType` plus a link type.
 */
export const REASON = {
  /** Headers that contradict each other, or a version that does not exist. */
  malformed: 256,
  /** An MPLS payload that is no IP packet. */
  mpls: 257,
  /** An IEEE 802.3 frame with a length where others have a type: spanning tree, CDP. */
  llc: 258,
  /** A loopback packet of an address family that is no IP. */
  otherFamily: 259,
  /** A UDP datagram to another destination than the one that was chosen. */
  otherDestinations: 260,
  /** What was sent twice, a few microseconds apart, where that is to be left out. */
  repeated: 261,
  /** A datagram outside of the times that were asked for. */
  outsideTimes: 262,
  etherType: 0x10000,
  linkType: 0x20000,
} as const

const IP_PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipInIp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  58: 'icmpv6',
  59: 'noNextHeader',
  88: 'eigrp',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  132: 'sctp',
}

const ETHER_TYPES: Readonly<Record<number, string>> = {
  2054: 'arp',
  32821: 'rarp',
  34825: 'slowProtocols',
  34915: 'pppoe',
  34916: 'pppoe',
  34958: 'eapol',
  35020: 'lldp',
  35045: 'macsec',
  35063: 'ptp',
}

const FIXED: readonly (keyof typeof REASON)[] = [
  'malformed',
  'mpls',
  'llc',
  'otherFamily',
  'otherDestinations',
  'repeated',
  'outsideTimes',
]

/** Different Ethernet and link types that are told apart; damaged captures may have all there are. */
const TYPES_MAX = 32

/** Counts packets that are no datagrams of the feed, by their reasons. No allocation but for a new reason. */
export class PacketReasons {
  readonly #counts = new Float64Array(REASON.malformed + FIXED.length)
  readonly #types = new Map<number, number>()
  #otherTypes = 0

  add(reason: number): void {
    if (reason < this.#counts.length) {
      this.#counts[reason] += 1
      return
    }
    const before = this.#types.get(reason)
    if (before === undefined && this.#types.size >= TYPES_MAX) this.#otherTypes += 1
    else this.#types.set(reason, (before ?? 0) + 1)
  }

  count(reason: number): number {
    return reason < this.#counts.length
      ? (this.#counts[reason] ?? 0)
      : (this.#types.get(reason) ?? 0)
  }

  /** The packets of all reasons together. */
  get total(): number {
    let total = this.#otherTypes
    for (const count of this.#counts) total += count
    for (const count of this.#types.values()) total += count
    return total
  }

  /** The reasons that there were, in words, with their packets. */
  byName(): Record<string, number> {
    const names: Record<string, number> = {}
    const add = (name: string, count: number) => {
      if (count > 0) names[name] = (names[name] ?? 0) + count
    }
    this.#counts.forEach((count, reason) => {
      if (reason < REASON.malformed) add(IP_PROTOCOLS[reason] ?? `ipProtocol${reason}`, count)
      else add(FIXED[reason - REASON.malformed] ?? 'malformed', count)
    })
    for (const [reason, count] of this.#types) add(typeName(reason), count)
    add('otherTypes', this.#otherTypes)
    return names
  }
}

function typeName(reason: number): string {
  if (reason >= REASON.linkType) return `linkType${reason - REASON.linkType}`
  const type = reason - REASON.etherType
  return ETHER_TYPES[type] ?? `etherType0x${type.toString(16).padStart(4, '0')}`
}
