import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { examineMachine } from '../../../src/observe/doctor/examine.js'
import type { MachineFiles } from '../../../src/observe/doctor/machine-files.js'
import { HEALTHY_FACTS, MachineFolder } from './machine-fixture.js'

const PORT = 9001
/** Folders of the kernel that a fixture is laid over, in a mount namespace of its own. */
const OVERLAID = [
  'proc/sys/net/core',
  'sys/devices/system/cpu',
  'sys/devices/system/clocksource/clocksource0',
]

/** Why no folder can be laid over the kernel's here. */
function noMounts(): string | false {
  const probe = ['--mount', 'mount', '--bind', '/proc/sys/net/core', '/proc/sys/net/core']
  const { status } = spawnSync('unshare', probe, { stdio: 'ignore' })
  return status === 0 ? false : 'laying folders over /proc and /sys needs root (CAP_SYS_ADMIN)'
}

/** Runs a command as a shell does that sees the fixture's files in the place of the kernel's. */
function runThere(folder: MachineFolder, command: string): void {
  const binds = OVERLAID.filter((path) => existsSync(`/${path}`)).map(
    (path) => `mount --bind ${join(folder.root, path)} /${path}`,
  )
  execFileSync('unshare', ['--mount', 'sh', '-ec', [...binds, command].join('\n')])
}

function findings(files: MachineFiles) {
  const checks = examineMachine(files, HEALTHY_FACTS, PORT).filter((one) => one.status !== 'ok')
  return Object.fromEntries(checks.map((one) => [one.name, one]))
}

interface Case {
  readonly name: string
  readonly changes: Readonly<Record<string, string>>
  /** What is left when the remedy has been run: what was counted before it stands there still. */
  readonly left: Readonly<Record<string, string>>
}

const CASES: readonly Case[] = [
  {
    name: 'receive-buffer-limit',
    changes: {
      'proc/sys/net/core/rmem_max': '212992',
      'proc/self/status': 'CapEff:\t0000000000002000\nCpus_allowed_list:\t0-3',
    },
    left: {},
  },
  {
    name: 'receive-buffer-default',
    changes: { 'proc/sys/net/core/rmem_default': '65536' },
    left: {},
  },
  { name: 'network-backlog', changes: { 'proc/sys/net/core/netdev_max_backlog': '300' }, left: {} },
  {
    name: 'network-backlog',
    changes: { 'proc/net/softnet_stat': '10 0000000a 0\n20 00000005 0' },
    left: { 'network-backlog': 'unknown' },
  },
  {
    name: 'network-budget',
    changes: { 'proc/net/softnet_stat': '10 0 3' },
    left: { 'network-budget': 'unknown' },
  },
  {
    name: 'cpu-governor',
    changes: { 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave' },
    left: {},
  },
  {
    name: 'clock-source',
    changes: { 'sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet' },
    left: {},
  },
]

for (const { name, changes, left } of CASES) {
  const [file = ''] = Object.keys(changes)
  test(`the remedy of ${name} mends what ${file} says`, { skip: noMounts() }, (t) => {
    const folder = new MachineFolder(t, changes)
    const { remedy = '' } = findings(folder.files)[name] ?? {}
    assert.notEqual(remedy, '')
    runThere(folder, remedy)
    const after = Object.entries(findings(folder.files)).map(([one, { status }]) => [one, status])
    assert.deepEqual(Object.fromEntries(after), left)
  })
}
