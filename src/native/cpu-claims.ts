import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM } from './constants.js'
import { libc } from './libc.js'

const NAME_OFFSET = 2

/**
 * Which CPUs have a receiver pinned to them, over all live processes: whoever pins one binds an abstract
 * Unix socket (unix(7)) whose name has the CPU in it. The kernel lets one have it, and frees it with the
 * process, however that ends. Processes in other network namespaces are not seen.
 *
 * For one feed, on the thread that starts it.
 */
export class CpuClaims {
  readonly #descriptors: number[] = []

  /** Whether the CPU was nobody's, and is this feed's now. */
  tryClaim(cpu: number): boolean {
    const c = libc()
    const descriptor = c.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    // Without a socket nobody can tell; two receivers on one CPU are slow, not wrong.
    if (descriptor < 0) return true
    const name = claimName(cpu)
    if (c.bind(descriptor, name, name.length) !== 0) {
      c.close(descriptor)
      return false
    }
    this.#descriptors.push(descriptor)
    return true
  }

  /** Gives all of them back. */
  release(): void {
    for (const descriptor of this.#descriptors.splice(0)) libc().close(descriptor)
  }
}

/** sockaddr_un: family u16 in native order, then a name that begins with a zero. */
function claimName(cpu: number): Uint8Array {
  const name = new TextEncoder().encode(`\0tickwire-receiver-on-cpu-${cpu}`)
  const bytes = new Uint8Array(NAME_OFFSET + name.length)
  bytes[0] = AF_UNIX
  bytes.set(name, NAME_OFFSET)
  return bytes
}
