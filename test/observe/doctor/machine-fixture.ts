import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { MachineFiles } from '../../../src/observe/doctor/machine-files.js'
import type { ProgramFacts } from '../../../src/observe/doctor/program-checks.js'

/** A machine on which nothing is wrong, as far as its files tell. */
const HEALTHY: Readonly<Record<string, string>> = {
  'proc/sys/net/core/rmem_max': '8388608',
  'proc/sys/net/core/rmem_default': '212992',
  'proc/sys/net/core/netdev_max_backlog': '1000',
  'proc/sys/net/core/netdev_budget': '300',
  'proc/sys/net/ipv4/conf/all/rp_filter': '0',
  'proc/sys/net/ipv4/conf/eth0/rp_filter': '0',
  'proc/sys/net/ipv4/conf/all/force_igmp_version': '0',
  'proc/sys/net/ipv4/igmp_max_memberships': '20',
  'proc/sys/kernel/osrelease': '6.18.0',
  'proc/net/snmp':
    'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors\nUdp: 90 5 0 80 0 0 0',
  'proc/net/netstat': 'TcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 0 0',
  'proc/net/softnet_stat': '00000010 00000000 00000000\n00000020 00000000 00000000',
  'proc/net/udp': '  sl  local_address rem_address',
  'proc/net/igmp':
    'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0',
  'proc/self/status': 'Name:\tnode\nCapEff:\t000001ffffffffff\nCpus_allowed_list:\t0-3',
  'proc/self/limits': 'Max open files            20000                20000                files',
  'sys/class/net/eth0/flags': '0x1003',
  'sys/class/net/eth0/mtu': '1500',
  'sys/class/net/eth0/statistics/rx_dropped': '0',
  'sys/fs/cgroup/cpu.max': 'max 100000',
  'sys/devices/system/cpu/isolated': '',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'performance',
  'sys/devices/system/clocksource/clocksource0/current_clocksource': 'tsc',
  'sys/devices/system/clocksource/clocksource0/available_clocksource': 'tsc hpet acpi_pm',
  'run/systemd/timesync/synchronized': '',
}

/** What a program of that machine tells of itself. */
export const HEALTHY_FACTS: ProgramFacts = {
  nodeVersion: '20.20.2',
  koffiVersion: '3.3.4',
  ffiProblem: undefined,
  offload: { receive: true, send: true },
}

/** The files of a machine in a folder of its own, removed after the test. */
export class MachineFolder {
  readonly root = mkdtempSync(join(tmpdir(), 'tickwire-doctor-'))
  readonly files = new MachineFiles(this.root)

  /** @param changes what differs from a healthy machine; null: the file is not there */
  constructor(t: TestContext, changes: Readonly<Record<string, string | null>>) {
    t.after(() => rmSync(this.root, { recursive: true }))
    for (const [path, text] of Object.entries({ ...HEALTHY, ...changes })) {
      if (text === null) continue
      mkdirSync(join(this.root, dirname(path)), { recursive: true })
      writeFileSync(join(this.root, path), `${text}\n`)
    }
  }
}

/** The same, where only the files are wanted. */
export function machineWith(
  t: TestContext,
  changes: Readonly<Record<string, string | null>> = {},
): MachineFiles {
  return new MachineFolder(t, changes).files
}
