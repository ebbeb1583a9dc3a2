import { closeSync, openSync } from 'node:fs'
import { TickwireError } from '../foundation/errors.js'
import { MAP_POPULATE, MAP_SHARED, PROT_READ, PROT_WRITE } from './constants.js'
import { errnoName } from './errno.js'
import { holdMapping, unmap } from './holdings.js'
import { libc } from './libc.js'

/** mmap answers with this on failure: (void *) -1. */
const MAP_FAILED = 2 ** 64

/** What this thread has mapped, by the ids that callers give. */
const mapped = new Map<string, WeakRef<ArrayBuffer>>()

/** Unmaps what nobody has a view of any more. A worker's mappings end with it: see `holdings.ts`. */
const forgotten = new FinalizationRegistry(({ id, address, bytes }: Mapping) => {
  mapped.delete(id)
  unmap(address, bytes)
})

interface Mapping {
  readonly id: string
  readonly address: number
  readonly bytes: number
}

/**
 * The memory of a file, shared with every thread and process that maps it: what one writes all see. A
 * mapped view cannot be posted to another thread (it would be copied), so each thread maps the file
 * itself; a thread that maps it twice gets the same memory. `Atomics.wait` throws on it.
 *
 * All bytes of the file must have been allocated: touching one that is not, on a full tmpfs, ends the
 * process (SIGBUS, mmap(2)).
 *
 * @param id of the file in this process: another file may come to have its name
 * @throws {TickwireError} TW_SYSTEM, TW_NO_FFI
 */
export function mapFile(id: string, file: string, bytes: number): ArrayBuffer {
  const known = mapped.get(id)?.deref()
  if (known !== undefined) return known
  const c = libc()
  const descriptor = openSync(file, 'r+')
  try {
    // Populated, so that no first touch of a page takes its time in a hot loop.
    const flags = MAP_SHARED | MAP_POPULATE
    const address = c.mmap(0, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0)
    if (address >= MAP_FAILED) {
      throw new TickwireError(
        'TW_SYSTEM',
        `Mapping ${bytes} bytes of ${file} failed (mmap, ${errnoName(c.errno())})`,
        'Choose another place with --counters, or --counters off.',
      )
    }
    holdMapping(address, bytes)
    const memory = c.view(address, bytes)
    mapped.set(id, new WeakRef(memory))
    forgotten.register(memory, { id, address, bytes })
    return memory
  } finally {
    closeSync(descriptor)
  }
}
