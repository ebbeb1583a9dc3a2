import { type Check, ok, problem, unknown, warning } from './check.js'
import { cpuQuota } from './cpu-quota.js'
import type { MachineFiles } from './machine-files.js'

/** Receiver, handler and sender or the rest of the program. */
const WANTED_CPUS = 3
const GOOD_CLOCKS: readonly string[] = ['tsc', 'kvm-clock', 'arch_sys_counter']
const CPUS = 'sys/devices/system/cpu'

/** Whether hot threads get a core, keep it, and can tell the time. */
export function processorChecks(files: MachineFiles): Check[] {
  return [
    cpus(files),
    cpuLimit(files),
    governor(files),
    isolation(files),
    clockSource(files),
    clockSynchronized(files),
  ]
}

/** The numbers in a list of the kernel's, such as `0-3,8`. */
export function parseCpuList(text: string): number[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
}

function cpus(files: MachineFiles): Check {
  const name = 'cpus'
  const wanted = `${WANTED_CPUS} CPUs or more, CPU 0 among them (the receiver's default)`
  const list = files.status('Cpus_allowed_list')
  if (list === undefined) return unknown(name, '/proc/self/status has no Cpus_allowed_list', wanted)
  const allowed = parseCpuList(list)
  const found = `this process may use ${allowed.length}: ${list}`
  if (!allowed.includes(0)) {
    return warning(name, found, wanted, `Name an allowed one: receive --cpu ${allowed[0] ?? 0}`)
  }
  if (allowed.length >= WANTED_CPUS) return ok(name, found, wanted)
  return warning(
    name,
    `${found}; hot threads share cores, and the one that parks is late`,
    wanted,
    'Use receive --handler-thread inline or --transport mapped: one thread receives and handles',
  )
}

function cpuLimit(files: MachineFiles): Check {
  const name = 'cpu-limit'
  const wanted = 'no quota: a thread that is stopped for it is deaf for milliseconds'
  const quota = cpuQuota(files)
  if (quota === undefined) return unknown(name, 'no cgroup tells of a quota', wanted)
  const { share, throttled, remedy } = quota
  if (share === undefined) return ok(name, 'no quota', wanted)
  const stopped = throttled === undefined ? '' : `; stopped ${throttled} times so far`
  const found = `a quota of ${share.toFixed(2)} CPUs${stopped}`
  return warning(name, found, wanted, `${remedy}  # or give the container whole CPUs (cpuset)`)
}

function governor(files: MachineFiles): Check {
  const name = 'cpu-governor'
  const wanted = 'performance: a core that was slowed down is late when a burst comes'
  const governors = files
    .names(CPUS)
    .filter((one) => /^cpu\d+$/.test(one))
    .map((one) => files.text(`${CPUS}/${one}/cpufreq/scaling_governor`))
    .filter((one) => one !== undefined)
  if (governors.length === 0) {
    return unknown(name, 'the kernel shows no governor (as in most virtual machines)', wanted)
  }
  const found = [...new Set(governors)].join(', ')
  if (found === 'performance') return ok(name, found, wanted)
  return warning(
    name,
    found,
    wanted,
    `echo performance | tee /${CPUS}/cpu*/cpufreq/scaling_governor`,
  )
}

function isolation(files: MachineFiles): Check {
  const name = 'cpu-isolation'
  const wanted = 'for the lowest latency, cores that the scheduler leaves alone (isolcpus=)'
  const isolated = files.text(`${CPUS}/isolated`)
  if (isolated === undefined) return unknown(name, `no /${CPUS}/isolated`, wanted)
  return ok(
    name,
    isolated === '' ? 'none isolated; needed only for the lowest p99' : isolated,
    wanted,
  )
}

function clockSource(files: MachineFiles): Check {
  const name = 'clock-source'
  const wanted = `one that is read without a system call: ${GOOD_CLOCKS.join(', ')}`
  const folder = 'sys/devices/system/clocksource/clocksource0'
  const found = files.text(`${folder}/current_clocksource`)
  if (found === undefined) return unknown(name, 'the kernel shows no clock source', wanted)
  if (GOOD_CLOCKS.includes(found)) return ok(name, found, wanted)
  const available = (files.text(`${folder}/available_clocksource`) ?? '').split(/\s+/)
  const better = GOOD_CLOCKS.find((one) => available.includes(one))
  const remedy =
    better === undefined
      ? 'Boot with tsc=reliable if the processor has an invariant time stamp counter'
      : `echo ${better} > /${folder}/current_clocksource`
  return warning(name, found, wanted, remedy)
}

/** Time services leave a mark where they run; the kernel's own flag has no file. */
function clockSynchronized(files: MachineFiles): Check {
  const name = 'clock-synchronisation'
  const wanted = 'a time service, if latency is measured against another machine’s clock'
  if (files.text('run/systemd/timesync/synchronized') !== undefined) {
    return ok(name, 'systemd-timesyncd has synchronised the clock', wanted)
  }
  const service = ['chronyd', 'ptp4l', 'phc2sys', 'ntpd'].find((one) => isRunning(files, one))
  if (service !== undefined) return ok(name, `${service} is running`, wanted)
  return unknown(name, 'no time service was found; a host may set the clock of its guests', wanted)
}

function isRunning(files: MachineFiles, program: string): boolean {
  return files
    .names('proc')
    .some((pid) => /^\d+$/.test(pid) && files.text(`proc/${pid}/comm`) === program)
}

/** Whether this kernel has what the kernel transports use. */
export function kernelCheck(files: MachineFiles): Check {
  const name = 'kernel'
  const wanted = 'Linux 5.0 or newer (UDP_GRO; UDP_SEGMENT came with 4.18)'
  const found = files.text('proc/sys/kernel/osrelease')
  if (found === undefined) return unknown(name, 'not Linux, or no /proc', wanted)
  const major = Number.parseInt(found, 10)
  if (major >= 5) return ok(name, found, wanted)
  return problem(name, found, wanted, 'Use a newer kernel, or no --gro and no --gso')
}
