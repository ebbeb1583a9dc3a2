import { readdirSync, readFileSync } from 'node:fs'

/**
 * What the kernel has counted of packets that reached no socket, over all programs of this machine (of its
 * network namespace), since it was started: /proc/net/snmp, snmp6, netstat and softnet_stat, and the counters of
 * its devices.
 */
export interface NetworkCounters {
  /** Packets whose sender could not be answered by the interface that they came on (ip-sysctl, rp_filter). */
  readonly reversePathFiltered: number
  /** Packets for addresses that are none of this machine's. */
  readonly wrongAddress: number
  /** Datagrams to ports on which nobody listens. */
  readonly noPort: number
  /** Datagrams whose checksum was wrong. */
  readonly wrongChecksum: number
  /** Datagrams that found no room in the buffer of a socket. */
  readonly bufferErrors: number
  /** Packets that found no room in the queue between a device and the protocols. */
  readonly backlogDrops: number
  /** Packets that network devices lost. */
  readonly deviceDrops: number
}

const DEVICES = '/sys/class/net'
/** What a device counts of packets that it could not hand over. */
export const DEVICE_DROPS = [
  'rx_dropped',
  'rx_missed_errors',
  'rx_fifo_errors',
  'rx_over_errors',
] as const

/** Reads them; what a kernel does not tell is 0. A few files: not for a hot thread. */
export function readNetworkCounters(): NetworkCounters {
  const four = pairsOf('/proc/net/snmp')
  const six = linesOf('/proc/net/snmp6')
  const more = pairsOf('/proc/net/netstat')
  const sum = (...names: string[]) =>
    names.reduce(
      (total, name) => total + (four.get(name) ?? six.get(name) ?? more.get(name) ?? 0),
      0,
    )
  return {
    reversePathFiltered: sum('TcpExt.IPReversePathFilter'),
    wrongAddress: sum('Ip.InAddrErrors', 'Ip6InAddrErrors'),
    noPort: sum('Udp.NoPorts', 'Udp6NoPorts'),
    wrongChecksum: sum('Udp.InCsumErrors', 'Udp6InCsumErrors'),
    bufferErrors: sum('Udp.RcvbufErrors', 'Udp6RcvbufErrors'),
    backlogDrops: backlogDrops(),
    deviceDrops: deviceDrops(),
  }
}

/** Of them only `wrongChecksum`: two files, for threads that are about to be hot. */
export function readWrongChecksums(): number {
  const four = pairsOf('/proc/net/snmp').get('Udp.InCsumErrors') ?? 0
  return four + (linesOf('/proc/net/snmp6').get('Udp6InCsumErrors') ?? 0)
}

/** The second column of each CPU's line, hexadecimal. */
function backlogDrops(): number {
  return textOf('/proc/net/softnet_stat')
    .split('\n')
    .reduce((sum, line) => sum + (Number.parseInt(line.split(/\s+/)[1] ?? '', 16) || 0), 0)
}

function deviceDrops(): number {
  let sum = 0
  for (const device of devices()) {
    for (const counter of DEVICE_DROPS) {
      sum += Number(textOf(`${DEVICES}/${device}/statistics/${counter}`)) || 0
    }
  }
  return sum
}

function devices(): string[] {
  try {
    return readdirSync(DEVICES)
  } catch {
    return []
  }
}

/** Lines in pairs: a group with the names, and the group again with their values. */
function pairsOf(path: string): Map<string, number> {
  const found = new Map<string, number>()
  const lines = textOf(path).split('\n')
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [group = '', ...names] = (lines[i] ?? '').split(/\s+/)
    const [, ...values] = (lines[i + 1] ?? '').split(/\s+/)
    names.forEach((name, column) => {
      found.set(`${group.slice(0, -1)}.${name}`, Number(values[column]) || 0)
    })
  }
  return found
}

/** Lines of a name and its value. */
function linesOf(path: string): Map<string, number> {
  const lines = textOf(path).split('\n')
  return new Map(
    lines.map((line) => {
      const [name = '', value] = line.split(/\s+/)
      return [name, Number(value) || 0]
    }),
  )
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
