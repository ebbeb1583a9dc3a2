import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { allowedCpus } from '../../src/native/affinity.js'
import type { Check } from '../../src/observe/doctor/check.js'
import { type DoctorReport, examineMachine } from '../../src/observe/doctor/examine.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { until } from '../kit/until.js'
import { HEALTHY_FACTS, MachineFolder } from '../observe/doctor/machine-fixture.js'
import {
  CLI_FILE,
  environment,
  onlyObject,
  receiveReport,
  runTickwire,
  startReceiver,
  TestProcess,
} from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'
import { noVeth, TwoMachines } from './veth.js'

const skip = noVeth()
/** A card and its other end, and the files that show them; the process only keeps the namespaces. */
const SET_UP = `
  ip link set lo up
  ip link add eth0 type veth peer name eth1
  ip link set eth0 up
  ip link set eth1 up
  mount -t sysfs none /sys
  echo made
  exec sleep 600`

/** A machine with a network and mounts of its own, which belongs to one test. */
class Machine {
  readonly #keeper: TestProcess

  private constructor(keeper: TestProcess) {
    this.#keeper = keeper
  }

  static async make(t: TestContext): Promise<Machine> {
    const args = ['--net', '--mount', 'sh', '-ec', SET_UP]
    const keeper = new TestProcess(t, 'unshare', args, environment())
    await keeper.line(/made/)
    return new Machine(keeper)
  }

  get pid(): number {
    return this.#keeper.pid
  }

  /** Runs a shell command there, and returns what it prints. Its exit code does not matter if `loose`. */
  shell(command: string, loose = false): string {
    const inside = ['--target', `${this.pid}`, '--net', '--mount']
    const script = loose ? `${command} || true` : command
    return execFileSync('nsenter', [...inside, 'sh', '-ec', script], {
      encoding: 'utf8',
      env: environment(),
    })
  }

  /** @param prefix what stands before node, or sets something up first */
  doctor(prefix = '', node = process.execPath): readonly Check[] {
    const command = `${prefix} ${node} ${CLI_FILE} doctor --json`
    return (JSON.parse(this.shell(command, true)) as DoctorReport).checks
  }
}

function named(checks: readonly Check[], name: string): Check {
  const check = checks.find((one) => one.name === name)
  assert.ok(check !== undefined, name)
  return check
}

const KERNEL_CASES = [
  {
    what: 'a strict reverse-path filter',
    name: 'reverse-path-filter',
    provoke: 'sysctl -w net.ipv4.conf.eth0.rp_filter=1',
    found: /strict on eth0/,
  },
  {
    what: 'an old version of IGMP that is forced',
    name: 'igmp-version',
    provoke: 'sysctl -w net.ipv4.conf.eth0.force_igmp_version=2',
    found: /IGMPv2 is forced on eth0/,
  },
  {
    what: 'more groups than one socket may join',
    name: 'multicast-groups',
    provoke:
      'sysctl -w net.ipv4.igmp_max_memberships=1; ip address add 239.77.1.1/32 dev eth0 autojoin',
    found: /239\.77\.1\.1 on eth0.*may join 1$/,
  },
  {
    what: 'a small MTU',
    name: 'interface-mtu',
    provoke: 'ip link set eth0 mtu 1280',
    found: /eth0 1280/,
  },
] as const

for (const { what, name, provoke, found } of KERNEL_CASES) {
  test(`doctor finds ${what} in the kernel, and its remedy mends it there`, { skip }, async (t) => {
    const machine = await Machine.make(t)
    machine.shell(provoke)
    const before = named(machine.doctor(), name)
    assert.equal(before.status, 'warning', before.found)
    assert.match(before.found, found)
    machine.shell(before.remedy)
    assert.equal(named(machine.doctor(), name).status, 'ok')
  })
}

test('doctor finds who has the port, and the port is free when that has ended', {
  skip,
}, async (t) => {
  const machine = await Machine.make(t)
  const program =
    "require('node:dgram').createSocket('udp4').bind(9001, () => console.log('bound'))"
  const inside = ['--target', `${machine.pid}`, '--net', '--mount']
  const other = new TestProcess(
    t,
    'nsenter',
    [...inside, process.execPath, '-e', program],
    environment(),
  )
  await other.line(/bound/)
  const before = named(machine.doctor(), 'port-listeners')
  assert.match(before.found, /^1 socket/)
  assert.match(machine.shell(before.remedy), new RegExp(`pid=${other.pid}`))
  other.kill('SIGKILL')
  await other.result
  assert.equal(named(machine.doctor(), 'port-listeners').status, 'ok')
})

test('doctor finds that few files may be opened, and its remedy mends it', { skip }, async (t) => {
  const machine = await Machine.make(t)
  const before = named(machine.doctor('ulimit -n 256;'), 'open-files-limit')
  assert.deepEqual([before.status, before.found], ['warning', '256'])
  // In a shell that may have more: the right to raise a limit that was lowered is not everywhere.
  const after = named(machine.doctor(`${before.remedy}\n`), 'open-files-limit')
  assert.deepEqual([after.status, after.found], ['ok', '1024'])
})

test('doctor finds that packet sockets are not allowed, and its remedy mends it', {
  skip,
}, async (t) => {
  const machine = await Machine.make(t)
  const folder = temporaryFolder(t)
  const user = 'setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all'
  machine.shell(`chmod 755 ${folder}`)
  const before = named(machine.doctor(user), 'capabilities')
  assert.equal(before.status, 'warning', before.found)
  machine.shell(`cd ${folder}; ${before.remedy}`)
  const after = named(machine.doctor(user, join(folder, 'node-raw')), 'capabilities')
  assert.equal(after.status, 'ok', after.found)
})

test('doctor finds a process that was stopped, and its remedy mends it', { skip }, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const receiver = await startReceiver(t, ['udp://127.0.0.1:0', '--counters', file, '--no-pin'])
  receiver.process.kill('SIGSTOP')
  const look = async () => {
    const result = await runTickwire(t, ['doctor', file, '--json'])
    return named(onlyObject<DoctorReport>(result).checks, 'process')
  }
  let seen = await look()
  await until('it is missed', async () => {
    seen = await look()
    return seen.status === 'problem'
  })
  execFileSync('sh', ['-ec', seen.remedy])
  await until('it is back', async () => (await look()).status === 'ok')
})

/** A quota of the group above the process's own, by version of control groups, and what its file says without one. */
const QUOTAS = {
  1: {
    files: {
      'proc/self/cgroup': '2:cpu,cpuacct:/feeds/inner',
      'sys/fs/cgroup/cpu.max': null,
      'sys/fs/cgroup/cpu/feeds/cpu.cfs_quota_us': '180000',
      'sys/fs/cgroup/cpu/feeds/inner/cpu.cfs_quota_us': '-1',
    },
    limit: 'sys/fs/cgroup/cpu/feeds/cpu.cfs_quota_us',
    none: '-1',
  },
  2: {
    files: {
      'proc/self/cgroup': '0::/feeds/inner',
      'sys/fs/cgroup/cpu.max': null,
      'sys/fs/cgroup/feeds/cpu.max': '180000 100000',
      'sys/fs/cgroup/feeds/inner/cpu.max': 'max 100000',
    },
    limit: 'sys/fs/cgroup/feeds/cpu.max',
    none: 'max',
  },
} as const

for (const [version, { files, limit, none }] of Object.entries(QUOTAS)) {
  test(`the remedy for a quota of control groups of version ${version} takes it away`, (t) => {
    const folder = new MachineFolder(t, files)
    const find = () => named(examineMachine(folder.files, HEALTHY_FACTS, 9001), 'cpu-limit')
    const { found, remedy } = find()
    assert.equal(found, 'a quota of 1.80 CPUs')
    execFileSync('sh', ['-ec', remedy.replace(' /sys/', ` ${folder.root}/sys/`)])
    assert.equal(readFileSync(join(folder.root, limit), 'utf8').trim(), none)
    assert.deepEqual([find().status, find().found], ['ok', 'no quota'])
  })
}

test('doctor finds that CPU 0 is not allowed, and a receiver takes the CPU that it names', {
  skip: allowedCpus().includes(1) ? false : 'there is no CPU 1 here',
}, async (t) => {
  const onCpu1 = (...args: string[]) =>
    new TestProcess(t, 'taskset', ['-c', '1', process.execPath, CLI_FILE, ...args], environment())
  const { checks } = onlyObject<DoctorReport>(await onCpu1('doctor', '--json').result)
  const check = named(checks, 'cpus')
  assert.equal(check.status, 'warning', check.found)
  const [, flag = '', cpu = ''] = /receive (--cpu) (\d+)$/.exec(check.remedy) ?? []
  const run = async (...flags: string[]) => {
    const args = ['receive', 'udp://127.0.0.1:0', '--duration-ms', '100', '--json', ...flags]
    return onCpu1(...args).result
  }
  const { pinned } = onlyObject<ReceiveReport>(await run(flag, cpu))
  assert.equal(pinned?.receiver, 1)
  const without = await run('--cpu', '0')
  assert.notEqual(without.exitCode, 0, 'CPU 0 itself is refused')
})

/** What stands for a driver's program: a ring that can be asked for and set, and no longer drops when it is larger. */
const ETHTOOL = `#!/bin/sh
set -e
case "$1" in
  -g) echo "Pre-set maximums:"; echo "RX: 4096"; echo "Current hardware settings:"; echo "RX: $(cat ring)";;
  -G) [ "$3" = rx ]; [ "$4" -le 4096 ]; echo "$4" > ring; echo 0 > sys/class/net/$2/statistics/rx_missed_errors;;
  *) exit 1;;
esac
`

test('the remedy for packets that a device drops is what ethtool takes', (t) => {
  const folder = new MachineFolder(t, {
    'sys/class/net/eth0/statistics/rx_missed_errors': '17',
    ring: '256',
    ethtool: ETHTOOL,
  })
  const find = () => {
    const checks = examineMachine(folder.files, HEALTHY_FACTS, 9001)
    return named(checks, 'interface-drops')
  }
  const { found, remedy } = find()
  assert.match(found, /^eth0 rx_missed_errors 17$/)
  const run = (command: string) =>
    execFileSync('sh', ['-ec', command.replace(/^ethtool/, 'sh ./ethtool')], {
      cwd: folder.root,
      encoding: 'utf8',
    })
  const show = /ethtool -g \S+/.exec(remedy)?.[0] ?? ''
  const [, most = ''] = /RX: (\d+)/.exec(run(show)) ?? []
  run((/ethtool -G \S+ rx N/.exec(remedy)?.[0] ?? '').replace('N', most))
  assert.equal(readFileSync(join(folder.root, 'ring'), 'utf8').trim(), '4096')
  assert.equal(find().status, 'ok')
})

const PORT = 30_105
const FOREIGN = '172.31.9.1'

/** Machine 1 can answer the foreign sender by another card than the one that its feed comes by. */
function addRouteElsewhere(machines: TwoMachines): void {
  machines.ip(1, 'link', 'add', 'other', 'type', 'veth', 'peer', 'name', 'stub')
  machines.ip(1, 'link', 'set', 'other', 'up')
  machines.ip(1, 'link', 'set', 'stub', 'up')
  machines.ip(1, 'address', 'add', '10.78.0.2/24', 'dev', 'other')
  machines.ip(1, 'route', 'add', `${FOREIGN}/32`, 'dev', 'other')
}

/** A receiver on machine 1, and what its doctor says when messages 0 to 9 and 20 to 29 were sent. */
async function sendThroughFilter(t: TestContext, machines: TwoMachines) {
  const [, subscriber] = machines.addresses
  const url = `udp://${subscriber}:${PORT}`
  const file = join(temporaryFolder(t), 'run.counters')
  const args = ['receive', url, '--counters', file, '--no-pin', '--json']
  const receiver = machines.tickwire(1, ...args)
  await receiver.line(/^receiving /m)
  const send = async (from: string, first: number) => {
    machines.ip(0, 'route', 'replace', `${subscriber}/32`, 'dev', 'wire', 'src', from)
    const program = `
      const socket = require('node:dgram').createSocket('udp4')
      const datagrams = ${JSON.stringify(rawDatagram(first, 10).toString('hex'))}
      socket.send(Buffer.from(datagrams, 'hex'), ${PORT}, '${subscriber}', () => socket.close())`
    machines.node(0, program)
  }
  await send(machines.addresses[0], 0)
  await send(FOREIGN, 10)
  await send(machines.addresses[0], 20)
  const examine = async () =>
    onlyObject<DoctorReport>(await machines.tickwire(1, 'doctor', file, '--json').result)
  return { receiver, examine }
}

test('doctor explains what the reverse-path filter discarded, and its remedy mends it', {
  skip,
}, async (t) => {
  const machines = new TwoMachines(t)
  addRouteElsewhere(machines)
  machines.ip(0, 'address', 'add', `${FOREIGN}/32`, 'dev', 'lo')
  machines.shell(1, 'sysctl -w net.ipv4.conf.wire.rp_filter=1')
  const first = await sendThroughFilter(t, machines)
  let check: Check | undefined
  await until('the doctor sees what is lost', async () => {
    check = (await first.examine()).checks.find((one) => one.name === 'loss-network')
    return check?.found.includes('reverse-path filter') === true
  })
  assert.match(check?.found ?? '', /^10 lost before the socket: .* discarded 1 packet since/)
  first.receiver.kill('SIGINT')
  const report = await receiveReport(first.receiver)
  assert.deepEqual([report.delivered, report.ledger.lost.network], [20, 10])
  machines.shell(1, check?.remedy ?? 'false')
  const second = await sendThroughFilter(t, machines)
  await until('all has come', async () => {
    const { checks } = await second.examine()
    return checks.some(({ found }) => found === 'none of 30 messages lost')
  })
  second.receiver.kill('SIGINT')
  const mended = await receiveReport(second.receiver)
  assert.deepEqual([mended.delivered, mended.ledger.lost.total], [30, 0])
})

test('doctor explains that senders were refused, and naming them mends it', { skip }, async (t) => {
  const run = async (...sources: string[]) => {
    const file = join(temporaryFolder(t), 'run.counters')
    const flags = sources.flatMap((source) => ['--allow-source', source])
    const args = ['udp://127.0.0.1:0', '--counters', file, '--no-pin', ...flags]
    const { process, port } = await startReceiver(t, [...args, '--json'])
    const other = await openSocket(t, 0, '127.0.0.2')
    for (let i = 0; i < 10; i++) await other.send(rawDatagram(i), port, '127.0.0.1')
    let check: Check | undefined
    let delivered = 0
    await until('all has come', async () => {
      const { checks } = onlyObject<DoctorReport>(await runTickwire(t, ['doctor', file, '--json']))
      check = checks.find((one) => one.name === 'refused-sources')
      const stat = onlyObject<{ processes: { report: { delivered: number } }[] }>(
        await runTickwire(t, ['stat', file, '--json']),
      )
      delivered = stat.processes[0]?.report.delivered ?? 0
      return delivered === 10 || /^10 of 10 /.test(check?.found ?? '')
    })
    process.kill('SIGINT')
    await process.result
    return { check, delivered }
  }
  const first = await run('127.0.0.9')
  assert.equal(first.check?.status, 'problem')
  assert.match(first.check?.found ?? '', /refused, for 127\.0\.0\.9 alone may send there/)
  assert.match(first.check?.remedy ?? '', /--allow-source/)
  const second = await run('127.0.0.9', '127.0.0.2')
  assert.deepEqual([second.delivered, second.check], [10, undefined])
})
