import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from './constants.js'
import { libc } from './libc.js'

/**
 * What a thread holds of the kernel and what outlives it unless somebody gives it back: descriptors and
 * mappings. It stands in shared memory, so that whoever started the thread can give back what is left
 * when the thread is gone, however it ended.
 *
 * ```
 *  0          8          16         24
 *  +----------+----------+----------+----
 *  | kind     | value    | kind     | …      256 entries of two f64
 *  +----------+----------+----------+----
 *
 *  kind  0: free   -1: value is a descriptor   above 0: so many bytes are mapped at the address `value`
 * ```
 *
 * An entry is written before its thing is used, and cleared before the thing is given back: a thread that
 * is ended in between leaves one too much, never one that somebody else has got meanwhile.
 */
const ENTRIES = 256
const ENTRY_WORDS = 2
const FREE = 0
const DESCRIPTOR = -1

/** Of this thread; undefined in the main thread, which ends with the process. */
let held: Float64Array | undefined

/** Memory for what one thread will hold. */
export function createHoldings(): SharedArrayBuffer {
  return new SharedArrayBuffer(ENTRIES * ENTRY_WORDS * 8)
}

/** From now on what this thread holds is noted there. Once, before it holds anything. */
export function noteHoldingsIn(memory: SharedArrayBuffer): void {
  held = new Float64Array(memory)
}

/** Gives back what a thread left behind. Only when that thread is gone; any other thread, once. */
export function releaseHoldings(memory: SharedArrayBuffer): void {
  const entries = new Float64Array(memory)
  for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
    const kind = entries[at]
    const value = entries[at + 1]
    entries[at] = FREE
    if (kind === DESCRIPTOR) libc().close(value)
    else if (kind > 0) libc().munmap(value, kind)
  }
}

/** This thread has opened a descriptor. */
export function holdDescriptor(descriptor: number): void {
  note(DESCRIPTOR, descriptor)
}

/** Closes a descriptor of this thread. */
export function closeDescriptor(descriptor: number): void {
  forget(DESCRIPTOR, descriptor)
  libc().close(descriptor)
}

/** The same for one that takes the kernel long, while this thread goes on. */
export function closeDescriptorAside(descriptor: number): void {
  forget(DESCRIPTOR, descriptor)
  libc().closeAside(descriptor)
}

/** This thread has mapped memory. */
export function holdMapping(address: number, bytes: number): void {
  note(bytes, address)
}

/** Unmaps memory of this thread that nobody has a view of. */
export function unmap(address: number, bytes: number): void {
  forget(bytes, address)
  libc().munmap(address, bytes)
}

/**
 * Ends a mapping of which somebody may still have a view: from now on it reads zeros, and what is written
 * there goes nowhere. The memory behind it is freed at once, the addresses when the thread is gone.
 */
export function coverMapping(address: number, bytes: number): void {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE
  libc().mmap(address, bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
}

function note(kind: number, value: number): void {
  if (held === undefined) return
  for (let at = 0; at < held.length; at += ENTRY_WORDS) {
    if (held[at] !== FREE) continue
    held[at + 1] = value
    held[at] = kind
    return
  }
}

function forget(kind: number, value: number): void {
  if (held === undefined) return
  for (let at = 0; at < held.length; at += ENTRY_WORDS) {
    if (held[at] !== kind || held[at + 1] !== value) continue
    held[at] = FREE
    return
  }
}
