import { availableParallelism } from 'node:os'
import { allowedCpus, noSuchCpu } from '../../native/affinity.js'
import type { IdleMode } from '../options/receive-options.js'

/** Empty turns before a thread that shares its core goes to sleep. */
const PARK_SPIN_TURNS = 64
/** The same for a thread that has a core of its own and yet was told to park. */
const NEVER = Number.POSITIVE_INFINITY

/** Which thread runs where, and how it waits. */
export interface Placement {
  /** Per receiver; null: not pinned. */
  readonly receiverCpus: readonly (number | null)[]
  readonly handlerCpu: number | null
  /** Empty turns before a receiver sleeps in the kernel; Infinity: it never does. */
  readonly receiverSpinTurns: number
  readonly handlerParks: boolean
  /** Whether there are too few cores for the handler's thread to have one of its own. */
  readonly handlerSharesCore: boolean
  readonly handlerSpinTurns: number
  /** What is not as asked for. */
  readonly warnings: readonly string[]
}

export interface PlacementRequest {
  readonly receivers: number
  /** Undefined: not said, take 0 or what there is; null: do not pin. */
  readonly cpu: number | null | undefined
  readonly handlerCpu: number | null
  /** Whether the handler has a hot thread of its own. */
  readonly handlerThread: boolean
  readonly idle: IdleMode
  /** Whether threads can be pinned here at all. */
  readonly canPin: boolean
  /**
   * Takes a CPU for a receiver; false if another one is pinned there, of this or another process. Left out:
   * nobody looks.
   */
  readonly tryClaim?: ((cpu: number) => boolean) | undefined
}

/**
 * Decides from the processors that this process may use. A hot thread that spins needs a core of its
 * own, and the sender, ours or somebody else's, needs one too: where they do not suffice, threads park.
 * Where nobody chose a CPU, none is taken that has another feed's receiver.
 *
 * @throws {TickwireError} TW_NO_SUCH_CPU for a CPU that was asked for and is not allowed
 */
export function place(request: PlacementRequest): Placement {
  const cpus = request.canPin ? allowedCpus() : []
  const cores = request.canPin ? cpus.length : availableParallelism()
  const warnings: string[] = []
  const receiverCpus = Array.from({ length: request.receivers }, (_, i) =>
    receiverCpu(request, cpus, i, warnings),
  )
  if (request.handlerCpu !== null && request.canPin && !cpus.includes(request.handlerCpu)) {
    throw noSuchCpu(request.handlerCpu, cpus)
  }
  const coresForReceivers = request.receivers + 1
  const coresForAll = coresForReceivers + (request.handlerThread ? 1 : 0)
  const receiversSpin =
    request.idle === 'spin' || (request.idle === 'auto' && cores >= coresForReceivers)
  const handlerSpins = request.idle === 'spin' || (request.idle === 'auto' && cores >= coresForAll)
  if (request.idle === 'spin' && cores < coresForAll) {
    warnings.push(
      `${coresForAll} spinning threads share ${cores} CPUs and will slow each other down. Use --idle auto.`,
    )
  }
  return {
    receiverCpus,
    handlerCpu: request.canPin ? request.handlerCpu : null,
    receiverSpinTurns: receiversSpin ? NEVER : PARK_SPIN_TURNS,
    handlerParks: !handlerSpins,
    handlerSharesCore: request.handlerThread && cores < coresForAll,
    handlerSpinTurns: PARK_SPIN_TURNS,
    warnings,
  }
}

function receiverCpu(
  request: PlacementRequest,
  cpus: readonly number[],
  line: number,
  warnings: string[],
): number | null {
  if (!request.canPin || request.cpu === null) return null
  const tryClaim = request.tryClaim ?? (() => true)
  const wanted = (request.cpu ?? 0) + line
  if (!cpus.includes(wanted)) {
    if (request.cpu !== undefined && line === 0) throw noSuchCpu(wanted, cpus)
    const instead = cpus[line % cpus.length] ?? null
    warnings.push(
      `CPU ${wanted} is not one that this process may use; receiver ${line} is pinned to CPU ${instead}. ` +
        'Choose with --cpu.',
    )
    if (instead !== null) tryClaim(instead)
    return instead
  }
  if (tryClaim(wanted)) return wanted
  if (request.cpu !== undefined) {
    warnings.push(
      `Another receiver is pinned to CPU ${wanted} already, and both will be slow. Choose another with --cpu.`,
    )
    return wanted
  }
  const after = [...cpus.filter((cpu) => cpu > wanted), ...cpus.filter((cpu) => cpu < wanted)]
  const free = after.find((cpu) => tryClaim(cpu))
  warnings.push(
    free === undefined
      ? `Each CPU that this process may use has a receiver pinned to it; receiver ${line} shares CPU ${wanted}, and both will be slow. Use --no-pin, or --idle park.`
      : `Another receiver is pinned to CPU ${wanted} already; receiver ${line} is pinned to CPU ${free}. Choose with --cpu.`,
  )
  return free ?? wanted
}
