import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CheckStatus } from '../../../src/observe/doctor/check.js'
import { doctorReport, examineMachine } from '../../../src/observe/doctor/examine.js'
import { MachineFiles } from '../../../src/observe/doctor/machine-files.js'
import { joinedGroups } from '../../../src/observe/doctor/network-checks.js'
import { parseCpuList } from '../../../src/observe/doctor/processor-checks.js'
import { HEALTHY_FACTS, machineWith } from './machine-fixture.js'

const PORT = 9001

/** What is not `ok` on a machine, by name. */
function findings(
  files: MachineFiles,
  facts: Parameters<typeof examineMachine>[1] = HEALTHY_FACTS,
) {
  const checks = examineMachine(files, facts, PORT).filter((one) => one.status !== 'ok')
  return Object.fromEntries(checks.map((one) => [one.name, one]))
}

test('doctor finds nothing on a machine on which nothing is wrong', (t) => {
  assert.deepEqual(findings(machineWith(t)), {})
})

test('doctor says unknown, never ok, where the files are not there', () => {
  const checks = examineMachine(new MachineFiles('/nowhere/at/all'), HEALTHY_FACTS, PORT)
  const wrong = checks.filter((one) => one.status !== 'unknown' && one.name !== 'node')
  assert.deepEqual(
    wrong.map((one) => one.name),
    ['ffi-library', 'udp-offload'],
  )
  assert.ok(checks.length > 18)
})

interface Case {
  readonly what: string
  readonly name: string
  readonly changes: Readonly<Record<string, string | null>>
  readonly status: CheckStatus
  readonly found: RegExp
  readonly remedy: RegExp
}

const ORDINARY_USER = 'CapEff:\t0000000000000000\nCpus_allowed_list:\t0-3'
const ONLY_NET_RAW = 'CapEff:\t0000000000002000\nCpus_allowed_list:\t0-3'
const SNMP = 'Udp: InDatagrams NoPorts RcvbufErrors InCsumErrors\nUdp: 9 0'
const CASES: readonly Case[] = [
  {
    what: 'a limit on receive buffers that is too low',
    name: 'receive-buffer-limit',
    changes: { 'proc/sys/net/core/rmem_max': '212992', 'proc/self/status': ONLY_NET_RAW },
    status: 'warning',
    found: /212992, so .* 425984 bytes/,
    remedy: /^sysctl -w net\.core\.rmem_max=4194304$/,
  },
  {
    what: 'a small default of receive buffers',
    name: 'receive-buffer-default',
    changes: { 'proc/sys/net/core/rmem_default': '65536' },
    status: 'warning',
    found: /65536/,
    remedy: /rmem_default=212992/,
  },
  {
    what: 'datagrams that were dropped for want of buffer',
    name: 'receive-buffer-errors',
    changes: { 'proc/net/snmp': `${SNMP} 1079 0` },
    status: 'warning',
    found: /^1079 datagrams/,
    remedy: /--receive-buffer-bytes/,
  },
  {
    what: 'a backlog that has overflowed',
    name: 'network-backlog',
    changes: { 'proc/net/softnet_stat': '10 0000000a 0\n20 00000005 0' },
    status: 'warning',
    found: /15 dropped/,
    remedy: /netdev_max_backlog=10000/,
  },
  {
    what: 'turns of the network that ended early',
    name: 'network-budget',
    changes: { 'proc/net/softnet_stat': '10 0 3' },
    status: 'warning',
    found: /3 turns/,
    remedy: /netdev_budget=600/,
  },
  {
    what: 'a process without the right to open packet sockets',
    name: 'capabilities',
    changes: { 'proc/self/status': ORDINARY_USER },
    status: 'warning',
    found: /mapped is not available/,
    remedy: /setcap cap_net_raw/,
  },
  {
    what: 'another socket on the port',
    name: 'port-listeners',
    changes: {
      'proc/net/udp':
        'sl\n 1: 0100007F:2329 00000000:0000 07 0:0 0:0 0 0 0 37833 2 0000000000000000 12',
    },
    status: 'warning',
    found: /1 socket, 12 datagrams/,
    remedy: /sport = :9001/,
  },
  {
    what: 'an interface with a small MTU',
    name: 'interface-mtu',
    changes: { 'sys/class/net/eth0/mtu': '1280' },
    status: 'warning',
    found: /eth0 1280/,
    remedy: /ip link set eth0 mtu 1500/,
  },
  {
    what: 'packets that a device lost',
    name: 'interface-drops',
    changes: { 'sys/class/net/eth0/statistics/rx_missed_errors': '7' },
    status: 'warning',
    found: /eth0 rx_missed_errors 7/,
    remedy: /ethtool -G eth0/,
  },
  {
    what: 'a strict reverse-path filter',
    name: 'reverse-path-filter',
    changes: { 'proc/sys/net/ipv4/conf/eth0/rp_filter': '1' },
    status: 'warning',
    found: /strict on eth0; 0 packets/,
    remedy: /rp_filter=2/,
  },
  {
    what: 'a strict reverse-path filter that discards packets',
    name: 'reverse-path-filter',
    changes: {
      'proc/sys/net/ipv4/conf/eth0/rp_filter': '1',
      'proc/net/netstat': 'TcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 0 44',
    },
    status: 'problem',
    found: /44 packets/,
    remedy: /rp_filter=2/,
  },
  {
    what: 'more groups than one socket may join',
    name: 'multicast-groups',
    changes: {
      'proc/sys/net/ipv4/igmp_max_memberships': '1',
      'proc/net/igmp': 'Idx\n2\teth0      :     1      V3\n\t\t\t\tC70043E0     1 0:00000000\t\t0',
    },
    status: 'warning',
    found: /224\.67\.0\.199 on eth0/,
    remedy: /igmp_max_memberships=4/,
  },
  {
    what: 'an old version of IGMP that is forced',
    name: 'igmp-version',
    changes: { 'proc/sys/net/ipv4/conf/eth0/force_igmp_version': '2' },
    status: 'warning',
    found: /IGMPv2 is forced on eth0/,
    remedy: /conf\.eth0\.force_igmp_version=0/,
  },
  {
    what: 'a querier that speaks an old version of IGMP',
    name: 'igmp-version',
    changes: { 'proc/net/igmp': 'Idx\n2\teth0      :     1      V2\n\t\t\t\t010000E0     1' },
    status: 'warning',
    found: /querier on eth0 speaks IGMPv2/,
    remedy: /IGMPv3/,
  },
  {
    what: 'wrong checksums',
    name: 'checksum-errors',
    changes: { 'proc/net/snmp': `${SNMP} 0 3` },
    status: 'warning',
    found: /^3 since/,
    remedy: /ethtool -S/,
  },
  {
    what: 'two cores for three hot threads',
    name: 'cpus',
    changes: { 'proc/self/status': 'CapEff:\t1ffffffffff\nCpus_allowed_list:\t0-1' },
    status: 'warning',
    found: /may use 2: 0-1/,
    remedy: /inline/,
  },
  {
    what: 'a process that may not use CPU 0',
    name: 'cpus',
    changes: { 'proc/self/status': 'CapEff:\t1ffffffffff\nCpus_allowed_list:\t4-7' },
    status: 'warning',
    found: /4-7/,
    remedy: /--cpu 4/,
  },
  {
    what: 'a quota of processor time',
    name: 'cpu-limit',
    changes: {
      'sys/fs/cgroup/cpu.max': '150000 100000',
      'sys/fs/cgroup/cpu.stat': 'nr_throttled 8',
    },
    status: 'warning',
    found: /1\.50 CPUs; stopped 8 times/,
    remedy: /cpuset/,
  },
  {
    what: 'a quota of a group above',
    name: 'cpu-limit',
    changes: {
      'proc/self/cgroup': '1:name=systemd:/x\n0::/tickwire.slice/feed.service',
      'sys/fs/cgroup/cpu.max': null,
      'sys/fs/cgroup/tickwire.slice/cpu.max': '50000 100000',
      'sys/fs/cgroup/tickwire.slice/cpu.stat': 'nr_throttled 3',
      'sys/fs/cgroup/tickwire.slice/feed.service/cpu.max': '200000 100000',
    },
    status: 'warning',
    found: /0\.50 CPUs; stopped 3 times/,
    remedy: /^echo max > \/sys\/fs\/cgroup\/tickwire\.slice\/cpu\.max /,
  },
  {
    what: 'a quota of an old control group',
    name: 'cpu-limit',
    changes: {
      'proc/self/cgroup': '3:cpuset:/\n2:cpu,cpuacct:/docker/1a',
      'sys/fs/cgroup/cpu.max': null,
      'sys/fs/cgroup/cpu/docker/1a/cpu.cfs_quota_us': '25000',
      'sys/fs/cgroup/cpu/docker/1a/cpu.cfs_period_us': '50000',
    },
    status: 'warning',
    found: /^a quota of 0\.50 CPUs$/,
    remedy: /^echo -1 > \/sys\/fs\/cgroup\/cpu\/docker\/1a\/cpu\.cfs_quota_us /,
  },
  {
    what: 'a governor that slows cores down',
    name: 'cpu-governor',
    changes: { 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave' },
    status: 'warning',
    found: /powersave/,
    remedy: /echo performance/,
  },
  {
    what: 'a slow clock source',
    name: 'clock-source',
    changes: { 'sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet' },
    status: 'warning',
    found: /hpet/,
    remedy: /echo tsc/,
  },
  {
    what: 'a clock that nobody is known to set',
    name: 'clock-synchronisation',
    changes: { 'run/systemd/timesync/synchronized': null },
    status: 'unknown',
    found: /no time service/,
    remedy: /^$/,
  },
  {
    what: 'an old kernel',
    name: 'kernel',
    changes: { 'proc/sys/kernel/osrelease': '4.15.0-20-generic' },
    status: 'problem',
    found: /4\.15/,
    remedy: /newer kernel/,
  },
  {
    what: 'few open files',
    name: 'open-files-limit',
    changes: { 'proc/self/limits': 'Max open files            256                  256   files' },
    status: 'warning',
    found: /256/,
    remedy: /ulimit -n/,
  },
]

for (const { what, name, changes, status, found, remedy } of CASES) {
  test(`doctor finds ${what}`, (t) => {
    const all = findings(machineWith(t, changes))
    assert.deepEqual(Object.keys(all), [name])
    assert.equal(all[name]?.status, status)
    assert.match(all[name]?.found ?? '', found)
    assert.match(all[name]?.remedy ?? '', remedy)
  })
}

test('doctor finds an old Node and a koffi that does not load', (t) => {
  const facts = {
    nodeVersion: '20.9.0',
    koffiVersion: undefined,
    ffiProblem: 'no libc',
    offload: undefined,
  }
  const all = findings(machineWith(t), facts)
  assert.deepEqual(Object.keys(all), ['node', 'ffi-library', 'udp-offload'])
  assert.equal(all['ffi-library']?.found, 'no libc')
})

test('doctor counts problems and warnings', (t) => {
  const files = machineWith(t, {
    'proc/sys/kernel/osrelease': '4.4.0',
    'proc/sys/net/core/rmem_default': '4096',
  })
  const { command, problems, warnings } = doctorReport(examineMachine(files, HEALTHY_FACTS, PORT))
  assert.deepEqual({ command, problems, warnings }, { command: 'doctor', problems: 1, warnings: 1 })
})

test('doctor reads lists of CPUs and groups as the kernel writes them', (t) => {
  assert.deepEqual(parseCpuList('0-2,7'), [0, 1, 2, 7])
  assert.deepEqual(parseCpuList(''), [])
  assert.deepEqual(joinedGroups(machineWith(t)), [{ device: 'lo', group: '224.0.0.1' }])
})

test('doctor counts a loopback interface with a strict filter as nothing wrong', (t) => {
  const files = machineWith(t, {
    'sys/class/net/lo/flags': '0x9',
    'sys/class/net/lo/mtu': '65536',
    'proc/sys/net/ipv4/conf/lo/rp_filter': '1',
  })
  assert.deepEqual(findings(files), {})
})
