import { posix } from 'node:path'
import type { MachineFiles } from './machine-files.js'

const ROOT = 'sys/fs/cgroup'

/** A limit of the processor time that a group of processes gets within a period. */
export interface CpuQuota {
  /** CPUs' worth of time; undefined: the group has none. */
  readonly share: number | undefined
  /** How often the group was stopped for it; undefined: it is not told. */
  readonly throttled: string | undefined
  /** What takes the limit away, as root. */
  readonly remedy: string
}

/**
 * The tightest quota of this process's control group and of those above it, up to where this process sees the
 * tree begin (in a container at its own). Undefined where no control group tells of quotas.
 */
export function cpuQuota(files: MachineFiles): CpuQuota | undefined {
  const quotas = [...unifiedGroups(files), ...oldGroups(files)]
  return quotas.reduce<CpuQuota | undefined>(
    (tightest, one) =>
      (one.share ?? Number.POSITIVE_INFINITY) < (tightest?.share ?? Number.POSITIVE_INFINITY)
        ? one
        : (tightest ?? one),
    undefined,
  )
}

/** Control groups of version 2: `cpu.max` holds quota and period, or `max`. */
function unifiedGroups(files: MachineFiles): CpuQuota[] {
  return groupsAbove(files, /^0::(.*)$/m).flatMap((path) => {
    const folder = posix.join(ROOT, path)
    const [quota = '', period] = (files.text(`${folder}/cpu.max`) ?? '').split(/\s+/)
    if (quota === '') return []
    const share = quota === 'max' ? undefined : Number(quota) / Number(period ?? 100_000)
    return [{ share, ...rest(files, folder), remedy: `echo max > /${folder}/cpu.max` }]
  })
}

/** Of version 1: a file for each, and -1 is none. */
function oldGroups(files: MachineFiles): CpuQuota[] {
  return groupsAbove(files, /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m).flatMap((path) => {
    const folder = posix.join(ROOT, 'cpu', path)
    const quota = files.number(`${folder}/cpu.cfs_quota_us`)
    if (quota === undefined) return []
    const period = files.number(`${folder}/cpu.cfs_period_us`) ?? 100_000
    const share = quota < 0 ? undefined : quota / period
    return [{ share, ...rest(files, folder), remedy: `echo -1 > /${folder}/cpu.cfs_quota_us` }]
  })
}

function rest(files: MachineFiles, folder: string): Pick<CpuQuota, 'throttled'> {
  return { throttled: /nr_throttled (\d+)/.exec(files.text(`${folder}/cpu.stat`) ?? '')?.[1] }
}

/** This process's group and those above it, by their paths in the tree. */
function groupsAbove(files: MachineFiles, line: RegExp): string[] {
  let path = line.exec(files.text('proc/self/cgroup') ?? '')?.[1] ?? '/'
  // A group outside of what this process sees begins with dots.
  if (path.startsWith('/..')) path = '/'
  const paths = [path]
  while (path !== '/') {
    path = posix.dirname(path)
    paths.push(path)
  }
  return paths
}
