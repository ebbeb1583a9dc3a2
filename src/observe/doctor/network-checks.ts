import { DEVICE_DROPS } from '../../native/network-counters.js'
import { type Check, ok, problem, unknown, warning } from './check.js'
import type { MachineFiles } from './machine-files.js'

const ETHERNET_MTU = 1_500
const DEVICES = 'sys/class/net'

/** Interfaces, filters and groups: what a packet passes before any socket sees it. */
export function networkChecks(files: MachineFiles): Check[] {
  const devices = files.names(DEVICES).filter((name) => isUp(files, name))
  return [
    interfaceMtu(files, devices),
    interfaceDrops(files, devices),
    reversePathFilter(files, devices),
    groups(files),
    igmpVersion(files, devices),
    checksums(files),
    unheard(files),
  ]
}

function isUp(files: MachineFiles, device: string): boolean {
  const flags = files.number(`${DEVICES}/${device}/flags`)
  return flags !== undefined && (flags & 1) === 1
}

function interfaceMtu(files: MachineFiles, devices: readonly string[]): Check {
  const name = 'interface-mtu'
  const wanted = `${ETHERNET_MTU} bytes or more: a longer datagram comes in fragments`
  const sizes = devices.map((device) => ({ device, mtu: files.number(`${DEVICES}/${device}/mtu`) }))
  const known = sizes.filter((one) => one.mtu !== undefined)
  if (known.length === 0) return unknown(name, 'no interface is up, or /sys is not there', wanted)
  const found = known.map(({ device, mtu }) => `${device} ${mtu}`).join(', ')
  const small = known.find(({ mtu }) => (mtu ?? 0) < ETHERNET_MTU)
  if (small === undefined) return ok(name, found, wanted)
  const remedy = `ip link set ${small.device} mtu ${ETHERNET_MTU}  # if the network behind it takes that`
  return warning(name, found, wanted, remedy)
}

function interfaceDrops(files: MachineFiles, devices: readonly string[]): Check {
  const name = 'interface-drops'
  const wanted = 'no packet lost by a network device'
  let known = false
  const dropped: string[] = []
  for (const device of devices) {
    for (const counter of DEVICE_DROPS) {
      const value = files.number(`${DEVICES}/${device}/statistics/${counter}`)
      if (value === undefined) continue
      known = true
      if (value > 0) dropped.push(`${device} ${counter} ${value}`)
    }
  }
  if (!known) return unknown(name, 'no interface shows its counters', wanted)
  if (dropped.length === 0) return ok(name, 'none since this machine started', wanted)
  const [device] = (dropped[0] ?? '').split(' ')
  const remedy = `Give the device more room: ethtool -g ${device} shows it, ethtool -G ${device} rx N sets it`
  return warning(name, dropped.join(', '), wanted, remedy)
}

function reversePathFilter(files: MachineFiles, devices: readonly string[]): Check {
  const name = 'reverse-path-filter'
  const wanted = 'not strict where a feed comes in by another way than its answers would leave'
  const all = files.sysctl('net.ipv4.conf.all.rp_filter')
  if (all === undefined) return unknown(name, 'net.ipv4.conf.all.rp_filter cannot be read', wanted)
  const filtered = files.counter('netstat', 'TcpExt', 'IPReversePathFilter') ?? 0
  // The larger of the two settings holds: 0 is none, 1 strict, 2 loose.
  const strict = devices.filter((device) => {
    const own = files.number(`proc/sys/net/ipv4/conf/${device}/rp_filter`) ?? 0
    return Math.max(all, own) === 1
  })
  const found = `strict on ${strict.length === 0 ? 'no interface' : strict.join(', ')}; ${filtered} packets discarded so far`
  if (filtered > 0 && strict.length > 0) {
    const remedy = `sysctl -w net.ipv4.conf.all.rp_filter=2`
    return problem(name, found, wanted, remedy)
  }
  if (strict.every((device) => device === 'lo')) return ok(name, found, wanted)
  return warning(name, found, wanted, 'sysctl -w net.ipv4.conf.all.rp_filter=2')
}

/** Groups that this machine has joined, per interface: from /proc/net/igmp. */
export function joinedGroups(files: MachineFiles): { device: string; group: string }[] {
  const joined: { device: string; group: string }[] = []
  let device = ''
  for (const line of (files.text('proc/net/igmp') ?? '').split('\n').slice(1)) {
    const header = /^\d+\s+(\S+)/.exec(line)
    const member = /^\s+([0-9A-F]{8})\s/.exec(line)
    if (header !== null) device = header[1] ?? ''
    // Four bytes in the machine's order, which is little-endian wherever Tickwire runs.
    else if (member !== null) {
      const bytes = (member[1] ?? '').match(/../g) ?? []
      joined.push({
        device,
        group: bytes
          .reverse()
          .map((one) => Number.parseInt(one, 16))
          .join('.'),
      })
    }
  }
  return joined
}

function groups(files: MachineFiles): Check {
  const name = 'multicast-groups'
  const limit = files.sysctl('net.ipv4.igmp_max_memberships')
  const wanted = 'fewer groups joined by one socket than net.ipv4.igmp_max_memberships'
  if (limit === undefined) return unknown(name, 'igmp_max_memberships cannot be read', wanted)
  const joined = joinedGroups(files).filter(({ group }) => group !== '224.0.0.1')
  const list = joined.map(({ device, group }) => `${group} on ${device}`).join(', ')
  const found = `${joined.length} joined${list === '' ? '' : ` (${list})`}; a socket may join ${limit}`
  if (joined.length < limit) return ok(name, found, wanted)
  const remedy = `sysctl -w net.ipv4.igmp_max_memberships=${4 * limit}`
  return warning(name, found, wanted, remedy)
}

/** An old version that is forced, or spoken by an old querier, cannot ask for a group of one source. */
function igmpVersion(files: MachineFiles, devices: readonly string[]): Check {
  const name = 'igmp-version'
  const wanted = 'IGMPv3, which source= in an endpoint needs'
  const all = files.sysctl('net.ipv4.conf.all.force_igmp_version')
  if (all === undefined) return unknown(name, 'force_igmp_version cannot be read', wanted)
  for (const device of ['all', ...devices]) {
    const forced = files.number(`proc/sys/net/ipv4/conf/${device}/force_igmp_version`) ?? 0
    if (forced !== 1 && forced !== 2) continue
    const remedy = `sysctl -w net.ipv4.conf.${device}.force_igmp_version=0`
    return warning(name, `IGMPv${forced} is forced on ${device}`, wanted, remedy)
  }
  const old = [
    ...(files.text('proc/net/igmp') ?? '').matchAll(/^\d+\s+(\S+)\s*:\s+\d+\s+V([12])/gm),
  ]
  const [first] = old
  if (first === undefined) return ok(name, 'IGMPv3 on each interface', wanted)
  const found = `a querier on ${first[1]} speaks IGMPv${first[2]}, and this machine with it`
  return warning(name, found, wanted, 'Let the switch or router query with IGMPv3')
}

function checksums(files: MachineFiles): Check {
  const name = 'checksum-errors'
  const wanted = 'no datagram with a wrong checksum (Udp InCsumErrors)'
  const wrong = files.counter('snmp', 'Udp', 'InCsumErrors')
  if (wrong === undefined) return unknown(name, '/proc/net/snmp cannot be read', wanted)
  const found = `${wrong} since this machine started`
  if (wrong === 0) return ok(name, found, wanted)
  const remedy = 'A cable, a device or its offload breaks packets: ethtool -S shows its errors'
  return warning(name, found, wanted, remedy)
}

function unheard(files: MachineFiles): Check {
  const name = 'ports-without-listener'
  const wanted = 'few datagrams to ports where nobody listens (Udp NoPorts)'
  const count = files.counter('snmp', 'Udp', 'NoPorts')
  if (count === undefined) return unknown(name, '/proc/net/snmp cannot be read', wanted)
  return ok(name, `${count} since this machine started`, wanted)
}

/** A UDP socket as /proc/net/udp shows it. */
export interface BoundSocket {
  readonly port: number
  readonly inode: number
  readonly drops: number
}

export function boundSockets(files: MachineFiles): BoundSocket[] {
  return ['udp', 'udp6'].flatMap((table) =>
    (files.text(`proc/net/${table}`) ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns.length >= 13)
      .map((columns) => ({
        port: Number.parseInt(columns[1]?.split(':')[1] ?? '', 16),
        inode: Number(columns[9]),
        drops: Number(columns[12]),
      })),
  )
}

/** Whether a socket gets groups that only others of this machine have joined. */
export function multicastAllCheck(files: MachineFiles, ipv6: boolean): Check {
  const name = 'multicast-all'
  const wanted =
    'a socket gets the groups that it joined itself, and no other (IP_MULTICAST_ALL off)'
  const release = files.text('proc/sys/kernel/osrelease')
  if (release === undefined) return unknown(name, 'not Linux, or no /proc', wanted)
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10))
  // IPV6_MULTICAST_ALL came with Linux 4.20, the other one long before what Node runs on.
  if (!ipv6 || major > 4 || (major === 4 && minor >= 20)) {
    return ok(name, 'Tickwire turns it off for its sockets', wanted)
  }
  const found = `Linux ${release} has no IPV6_MULTICAST_ALL`
  return warning(name, found, wanted, 'Give each group a port of its own, or use a newer kernel')
}

/** Who has the port that a receiver would bind. */
export function portCheck(files: MachineFiles, port: number): Check {
  const name = 'port-listeners'
  const wanted = `nobody else on port ${port}`
  if (files.text('proc/net/udp') === undefined) {
    return unknown(name, '/proc/net/udp cannot be read', wanted)
  }
  const others = boundSockets(files).filter((one) => one.port === port)
  if (others.length === 0) return ok(name, 'nobody', wanted)
  const drops = others.reduce((sum, one) => sum + one.drops, 0)
  const found = `${others.length} socket${others.length === 1 ? '' : 's'}, ${drops} datagrams dropped there`
  const remedy = `ss -uanp 'sport = :${port}'  # shows whose; give one of the two another port, unless both join a group`
  return warning(name, found, wanted, remedy)
}
