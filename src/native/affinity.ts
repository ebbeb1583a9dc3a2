import { TickwireError } from '../foundation/errors.js'
import { systemError } from './errno.js'
import { libc } from './libc.js'

/** Room for 8,192 processors, the most that Linux can be built for. */
const MASK_BYTES = 1024

/** The processors that the calling thread may run on, ascending. */
export function allowedCpus(): number[] {
  const mask = new Uint8Array(MASK_BYTES)
  const bytes = libc().sched_getaffinity(0, MASK_BYTES, mask)
  if (bytes < 0) {
    throw systemError('sched_getaffinity', libc().errno(), 'Reading the allowed processors')
  }
  const cpus: number[] = []
  for (const [at, bits] of mask.entries()) {
    for (let bit = 0; bits >> bit > 0; bit++) if ((bits >> bit) & 1) cpus.push(at * 8 + bit)
  }
  return cpus
}

/**
 * Pins the calling thread to one processor.
 *
 * @throws {TickwireError} TW_NO_SUCH_CPU if this process may not run there.
 */
export function pinThread(cpu: number): void {
  const allowed = allowedCpus()
  if (!allowed.includes(cpu)) throw noSuchCpu(cpu, allowed)
  const mask = new Uint8Array(MASK_BYTES)
  mask[cpu >> 3] = 1 << (cpu & 7)
  if (libc().sched_setaffinity(0, MASK_BYTES, mask) !== 0) {
    throw systemError('sched_setaffinity', libc().errno(), `Pinning a thread to CPU ${cpu}`)
  }
}

/** The processor that the calling thread is on at this moment; no allocation. */
export function currentCpu(): number {
  return libc().sched_getcpu()
}

/** The error for a processor that is not among `allowed`. */
export function noSuchCpu(cpu: number, allowed: readonly number[]): TickwireError {
  return new TickwireError(
    'TW_NO_SUCH_CPU',
    `CPU ${cpu} is not one of the ${allowed.length} that this process may use (${rangesOf(allowed)})`,
    'Choose one of those with --cpu, or do not pin with --no-pin.',
  )
}

/** `[0,1,2,5]` as `0-2,5`. */
function rangesOf(cpus: readonly number[]): string {
  const ranges: string[] = []
  for (let i = 0; i < cpus.length; ) {
    let j = i
    while (cpus[j + 1] === (cpus[j] ?? 0) + 1) j++
    ranges.push(i === j ? `${cpus[i]}` : `${cpus[i]}-${cpus[j]}`)
    i = j + 1
  }
  return ranges.join(',')
}
