import { type Check, ok, problem, unknown, warning } from './check.js'
import type { MachineFiles } from './machine-files.js'

const OLDEST_NODE = [20, 19] as const
const OLDEST_KOFFI = [3, 3, 4] as const
/** A run with eight lines, captures and viewers stays far below it. */
const WANTED_OPEN_FILES = 1_024

/** What of this program's own surroundings the checks look at; tests give others. */
export interface ProgramFacts {
  readonly nodeVersion: string
  /** Of the koffi package; undefined where it is not installed. */
  readonly koffiVersion: string | undefined
  /** Why koffi or libc could not be loaded; undefined if they work. */
  readonly ffiProblem: string | undefined
  /** Whether the kernel glues datagrams together for a socket, and cuts them; undefined: nobody could ask. */
  readonly offload: { readonly receive: boolean; readonly send: boolean } | undefined
}

export function programChecks(files: MachineFiles, facts: ProgramFacts): Check[] {
  return [node(facts), koffi(facts), offload(facts), openFiles(files)]
}

function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10))
  for (const [i, least] of oldest.entries()) {
    const part = parts[i] ?? 0
    if (part !== least) return part > least
  }
  return true
}

function node({ nodeVersion }: ProgramFacts): Check {
  const wanted = `${OLDEST_NODE.join('.')} or newer`
  if (isAtLeast(nodeVersion, OLDEST_NODE)) return ok('node', nodeVersion, wanted)
  return problem('node', nodeVersion, wanted, 'Install a newer Node')
}

function koffi({ koffiVersion, ffiProblem }: ProgramFacts): Check {
  const wanted = `${OLDEST_KOFFI.join('.')} or newer, and a libc that loads`
  if (ffiProblem !== undefined) {
    const remedy = 'npm install koffi, on 64-bit Linux; elsewhere --transport portable is used'
    return problem('ffi-library', ffiProblem, wanted, remedy)
  }
  if (koffiVersion === undefined)
    return unknown('ffi-library', 'its version cannot be read', wanted)
  if (isAtLeast(koffiVersion, OLDEST_KOFFI)) return ok('ffi-library', koffiVersion, wanted)
  return problem('ffi-library', koffiVersion, wanted, 'npm install koffi@3 (older ones crash)')
}

function offload({ offload }: ProgramFacts): Check {
  const name = 'udp-offload'
  const wanted = 'UDP_GRO for receive --gro, UDP_SEGMENT for send --gso'
  if (offload === undefined) return unknown(name, 'no socket could be asked', wanted)
  const has = [offload.receive && 'UDP_GRO', offload.send && 'UDP_SEGMENT'].filter(Boolean)
  if (has.length === 2) return ok(name, 'both', wanted)
  const found = has.length === 0 ? 'neither' : `only ${has.join('')}`
  return warning(name, found, wanted, 'Use Linux 5.0 or newer; or leave --gro and --gso out')
}

function openFiles(files: MachineFiles): Check {
  const name = 'open-files-limit'
  const wanted = `${WANTED_OPEN_FILES} or more`
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(files.text('proc/self/limits') ?? '')?.[1]
  if (limit === undefined) return unknown(name, '/proc/self/limits cannot be read', wanted)
  const enough = limit === 'unlimited' || Number(limit) >= WANTED_OPEN_FILES
  if (enough) return ok(name, limit, wanted)
  const remedy = `ulimit -n ${WANTED_OPEN_FILES}  # as root, in the shell that starts it; of a service LimitNOFILE=${WANTED_OPEN_FILES}`
  return warning(name, limit, wanted, remedy)
}
