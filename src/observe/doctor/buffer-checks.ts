import { type Check, ok, unknown, warning } from './check.js'
import type { MachineFiles } from './machine-files.js'

/** What `receive` asks for unless told otherwise. */
const WANTED_RECEIVE_BUFFER_BYTES = 4_194_304
const USUAL_DEFAULT_BYTES = 212_992
const USUAL_BACKLOG = 1_000
/** A burst of a busy feed arrives within one turn of the network's soft interrupt. */
const WANTED_BACKLOG = 10_000
const WANTED_BUDGET = 600
/** What was counted before a limit was raised goes on standing there. */
const SINCE_RAISED =
  ', and whether any since the limit was raised is not told: look again later whether the count grows'
const CAP_NET_ADMIN = 12
const CAP_NET_RAW = 13

/** Whether this process has a capability; undefined where /proc does not tell. */
function hasCapability(files: MachineFiles, bit: number): boolean | undefined {
  const effective = files.status('CapEff')
  if (effective === undefined) return undefined
  return (BigInt(`0x${effective}`) >> BigInt(bit)) % 2n === 1n
}

/** Where datagrams wait, and how many have found no room since the machine started. */
export function bufferChecks(files: MachineFiles): Check[] {
  return [
    receiveBufferLimit(files),
    receiveBufferDefault(files),
    receiveBufferErrors(files),
    networkBacklog(files),
    networkBudget(files),
    capabilities(files),
  ]
}

function receiveBufferLimit(files: MachineFiles): Check {
  const name = 'receive-buffer-limit'
  const wanted = `net.core.rmem_max of at least ${WANTED_RECEIVE_BUFFER_BYTES}`
  const limit = files.sysctl('net.core.rmem_max')
  if (limit === undefined) return unknown(name, 'net.core.rmem_max cannot be read', wanted)
  const found = `net.core.rmem_max is ${limit}`
  if (limit >= WANTED_RECEIVE_BUFFER_BYTES) return ok(name, found, wanted)
  return warning(
    name,
    `${found}, so a socket's buffer holds at most ${2 * limit} bytes of the kernel's own reckoning`,
    wanted,
    `sysctl -w net.core.rmem_max=${WANTED_RECEIVE_BUFFER_BYTES}`,
  )
}

function receiveBufferDefault(files: MachineFiles): Check {
  const name = 'receive-buffer-default'
  const wanted = `net.core.rmem_default of at least ${USUAL_DEFAULT_BYTES}`
  const bytes = files.sysctl('net.core.rmem_default')
  if (bytes === undefined) return unknown(name, 'net.core.rmem_default cannot be read', wanted)
  const found = `net.core.rmem_default is ${bytes}`
  if (bytes >= USUAL_DEFAULT_BYTES) return ok(name, found, wanted)
  return warning(name, found, wanted, `sysctl -w net.core.rmem_default=${USUAL_DEFAULT_BYTES}`)
}

function receiveBufferErrors(files: MachineFiles): Check {
  const name = 'receive-buffer-errors'
  const wanted = 'no datagram dropped for want of buffer (Udp RcvbufErrors)'
  const dropped = files.counter('snmp', 'Udp', 'RcvbufErrors')
  if (dropped === undefined) return unknown(name, '/proc/net/snmp cannot be read', wanted)
  const found = `${dropped} datagrams dropped since this machine started, by all programs together`
  if (dropped === 0) return ok(name, found, wanted)
  return warning(
    name,
    found,
    wanted,
    'Look which socket drops (the last column of /proc/net/udp), then raise its buffer: receive --receive-buffer-bytes N',
  )
}

function networkBacklog(files: MachineFiles): Check {
  const name = 'network-backlog'
  const wanted = `no packet dropped; net.core.netdev_max_backlog of at least ${USUAL_BACKLOG}`
  const backlog = files.sysctl('net.core.netdev_max_backlog')
  const dropped = files.softnet(1)
  if (backlog === undefined || dropped === undefined) {
    return unknown(name, 'netdev_max_backlog or /proc/net/softnet_stat cannot be read', wanted)
  }
  const found = `a backlog of ${backlog} packets; ${dropped} dropped since this machine started`
  if (dropped === 0 && backlog >= USUAL_BACKLOG) return ok(name, found, wanted)
  if (backlog >= WANTED_BACKLOG) return unknown(name, `${found}${SINCE_RAISED}`, wanted)
  return warning(name, found, wanted, `sysctl -w net.core.netdev_max_backlog=${WANTED_BACKLOG}`)
}

function networkBudget(files: MachineFiles): Check {
  const name = 'network-budget'
  const wanted = 'no turn of the network ended early (softnet time_squeeze)'
  const budget = files.sysctl('net.core.netdev_budget')
  const squeezed = files.softnet(2)
  if (budget === undefined || squeezed === undefined) {
    return unknown(name, 'netdev_budget or /proc/net/softnet_stat cannot be read', wanted)
  }
  const found = `a budget of ${budget} packets; ${squeezed} turns ended early since this machine started`
  if (squeezed === 0) return ok(name, found, wanted)
  if (budget >= WANTED_BUDGET) return unknown(name, `${found}${SINCE_RAISED}`, wanted)
  return warning(name, found, wanted, `sysctl -w net.core.netdev_budget=${WANTED_BUDGET}`)
}

function capabilities(files: MachineFiles): Check {
  const name = 'capabilities'
  const wanted =
    'CAP_NET_RAW for --transport mapped, CAP_NET_ADMIN for --busy-poll-us beyond net.core.busy_read'
  const raw = hasCapability(files, CAP_NET_RAW)
  const admin = hasCapability(files, CAP_NET_ADMIN)
  if (raw === undefined || admin === undefined) {
    return unknown(name, '/proc/self/status has no CapEff', wanted)
  }
  const has = [raw && 'CAP_NET_RAW', admin && 'CAP_NET_ADMIN'].filter((one) => one !== false)
  const found = has.length === 0 ? 'neither' : has.join(' and ')
  if (raw) return ok(name, found, wanted)
  return warning(
    name,
    `${found}: --transport mapped is not available`,
    wanted,
    'cp "$(command -v node)" node-raw && setcap cap_net_raw+ep node-raw  # then run Tickwire with that node',
  )
}
