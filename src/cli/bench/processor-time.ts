import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks of /proc: USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_NS = 10_000_000
/** utime and stime in /proc/PID/stat, counted behind the name, which may hold anything. */
const UTIME = 11
const STIME = 12

/**
 * Processor time that the threads of a process have used, in nanoseconds: exact where the kernel counts
 * it so (the first figure of /proc/PID/task/TID/schedstat), else in ticks of 10 ms.
 */
export function processorTimeNs(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    return tasks.reduce((sum, task) => sum + runTimeNs(`/proc/${pid}/task/${task}/schedstat`), 0)
  } catch {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_NS
  }
}

function runTimeNs(file: string): number {
  return Number(readFileSync(file, 'utf8').split(' ')[0])
}
