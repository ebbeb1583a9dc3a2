import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { readCountersHeader } from '../../account/counters-layout.js'
import { messageOf, TickwireError } from '../../foundation/errors.js'

/** What the names of files of counters end with. */
const SUFFIX = '.counters'
/** Files of dead processes that stay where nobody chose the place: the last crashes. */
const DEAD_FILES_KEPT = 4
const READ_BYTES = 65_536
/** Fields of /proc/PID/stat behind the name, which ends with the last parenthesis: proc_pid_stat(5). */
const START_TIME_BEHIND_NAME = 19

/** How many files this process has made so far. */
let made = 0

/** The folder for files of counters where nobody chooses a place. */
export function countersFolder(): string {
  const runtime = process.env['XDG_RUNTIME_DIR']
  if (runtime !== undefined && runtime !== '') return join(runtime, 'tickwire')
  return `/dev/shm/tickwire-${process.getuid?.() ?? 0}`
}

/** Paths of the files in that folder, those of this user; none if there is no folder. */
export function countersFiles(folder = countersFolder()): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX))
    return names.sort().map((name) => join(folder, name))
  } catch {
    return []
  }
}

/**
 * Makes a file of zeros for the counters of a run of this process, all of it allocated, for its user alone.
 *
 * @param file undefined: in the folder for all
 * @throws {TickwireError} TW_BAD_OPTION if the file is somebody's, TW_SYSTEM if it cannot be made
 */
export function createCountersFile(file: string | undefined, bytes: number): string {
  try {
    if (file === undefined) return createInFolder(countersFolder(), bytes)
    refuseOthers(file)
    create(file, bytes)
    return file
  } catch (error) {
    if (error instanceof TickwireError) throw error
    throw new TickwireError(
      'TW_SYSTEM',
      `The file of counters ${file ?? `in ${countersFolder()}`} could not be made: ${messageOf(error)}`,
      'Choose another place with --counters FILE, or --counters off.',
      { cause: error },
    )
  }
}

/** Removes a file that this process made; nothing happens if it is gone. */
export function removeCountersFile(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // It is gone, or the disk is: nobody is misled by that.
  }
}

/** When a process was started, in clock ticks since the machine was; null if there is none of that id. */
export function processStart(processId: number): number | null {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return Number(fields[START_TIME_BEHIND_NAME])
  } catch {
    return null
  }
}

/** Whether the process that made a file is still there, and not another one with its id. */
export function isProcessAlive(processId: number, started: number): boolean {
  return processStart(processId) === started
}

/**
 * A copy of a file of counters, by read(2): the file may shrink or go meanwhile, which a mapping would not
 * survive. Undefined if it cannot be read.
 */
export function copyCountersFile(file: string): ArrayBuffer | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    const octets = new Uint8Array(fstatSync(descriptor).size)
    let at = 0
    while (at < octets.length) {
      const read = readSync(descriptor, octets, at, Math.min(READ_BYTES, octets.length - at), at)
      if (read === 0) break
      at += read
    }
    return octets.buffer.slice(0, at)
  } catch {
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Opens a file of counters for somebody who copies parts of it, each with a call of its own.
 *
 * @param read gets what copies some bytes from an offset, valid until it returns
 * @returns what `read` does; undefined if the file cannot be read
 */
export function withCountersFile<T>(
  file: string,
  read: (copyBytes: (offset: number, bytes: number) => ArrayBuffer) => T,
): T | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    return read((offset, bytes) => {
      const octets = new Uint8Array(bytes)
      readSync(descriptor, octets, 0, bytes, offset)
      return octets.buffer
    })
  } catch {
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

function createInFolder(folder: string, bytes: number): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new TickwireError(
      'TW_SYSTEM',
      `${folder} is not a folder of this user, so no counters are written there`,
      'Remove it, or choose another place with --counters FILE.',
    )
  }
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700)
  removeDead(folder)
  made += 1
  const file = join(folder, `${process.pid}-${made}${SUFFIX}`)
  // A dead process of the same id may have left one.
  if (existsSync(file)) unlinkSync(file)
  create(file, bytes)
  return file
}

/** Of files whose processes are dead only the newest stay. */
function removeDead(folder: string): void {
  const dead = countersFiles(folder).filter((file) => isDead(file))
  const byAge = dead.map((file) => ({ file, ms: modifiedMs(file) })).sort((a, b) => b.ms - a.ms)
  for (const { file } of byAge.slice(DEAD_FILES_KEPT)) removeCountersFile(file)
}

function modifiedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isDead(file: string): boolean {
  const memory = copyCountersFile(file)
  const header = memory === undefined ? undefined : readCountersHeader(memory)
  return header !== undefined && !isProcessAlive(header.processId, header.processStart)
}

/** A file that was named is only taken if it is none, or was left by a process that is dead. */
function refuseOthers(file: string): void {
  if (!existsSync(file)) return
  const dead = isDead(file)
  if (dead) {
    unlinkSync(file)
    return
  }
  throw new TickwireError(
    'TW_BAD_OPTION',
    `The file for counters ${file} exists, and is not one that a process left behind`,
    'Give --counters another name.',
  )
}

function create(file: string, bytes: number): void {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    // Written and not only sized: touching a page that a full tmpfs does not have would end the process.
    const zeros = new Uint8Array(READ_BYTES)
    for (let at = 0; at < bytes; at += READ_BYTES) {
      writeSync(descriptor, zeros, 0, Math.min(READ_BYTES, bytes - at), at)
    }
  } catch (error) {
    removeCountersFile(file)
    throw error
  } finally {
    closeSync(descriptor)
  }
}
