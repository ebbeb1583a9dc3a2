import { createRequire } from 'node:module'
import { messageOf, TickwireError } from '../foundation/errors.js'

/**
 * The part of libc that Tickwire calls. Pointers are addresses as numbers: user-space addresses are
 * below 2^47, so they are exact, and a number argument is the fastest and allocates nothing.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, bytes: number): number
  connect(fd: number, address: Uint8Array, bytes: number): number
  close(fd: number): number
  /** The same in a thread of the process's pool. */
  closeAside(fd: number): void
  fcntl(fd: number, command: number, argument: number): number
  getsockname(fd: number, address: Uint8Array, bytes: Uint32Array): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, bytes: number): number
  getsockopt(
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    bytes: Uint32Array,
  ): number
  recvmmsg(fd: number, vector: number, length: number, flags: number, timeout: number): number
  sendmmsg(fd: number, vector: number, length: number, flags: number): number
  poll(descriptors: number, count: number, timeoutMs: number): number
  sched_setaffinity(thread: number, bytes: number, mask: Uint8Array): number
  sched_getaffinity(thread: number, bytes: number, mask: Uint8Array): number
  clock_gettime(clock: number, timespec: number): number
  nanosleep(timespec: number, remaining: number): number
  /** Lets another thread run that waits for this core. */
  sched_yield(): number
  /** The processor that this thread is on at this moment; negative where the kernel does not tell. */
  sched_getcpu(): number
  pipe2(descriptors: Int32Array, flags: number): number
  read(fd: number, bytes: number, count: number): number
  write(fd: number, bytes: number, count: number): number
  if_nametoindex(name: string): number
  mmap(
    address: number,
    bytes: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): number
  munmap(address: number, bytes: number): number
  /** Bytes in a page of memory: 4,096, or up to 65,536 on arm64. */
  getpagesize(): number
  /** The error number of this thread's last call; only fresh right after one that failed. */
  errno(): number
  /** The address of the memory behind a typed array, the same in every thread. */
  address(memory: Uint8Array): number
  /** Foreign memory as an ArrayBuffer; it must stay mapped as long as that is used. */
  view(address: number, bytes: number): ArrayBuffer
}

type Koffi = typeof import('koffi')

const MUSL_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

const PROTOTYPES = {
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, uint8_t *address, uint32_t bytes)',
  connect: 'int connect(int fd, uint8_t *address, uint32_t bytes)',
  close: 'int close(int fd)',
  fcntl: 'int fcntl(int fd, int command, int argument)',
  getsockname: 'int getsockname(int fd, uint8_t *address, uint32_t *bytes)',
  setsockopt: 'int setsockopt(int fd, int level, int option, uint8_t *value, uint32_t bytes)',
  getsockopt: 'int getsockopt(int fd, int level, int option, uint8_t *value, uint32_t *bytes)',
  recvmmsg: 'int recvmmsg(int fd, uintptr_t vector, uint32_t length, int flags, uintptr_t timeout)',
  sendmmsg: 'int sendmmsg(int fd, uintptr_t vector, uint32_t length, int flags)',
  poll: 'int poll(uintptr_t descriptors, uint64_t count, int timeout)',
  sched_setaffinity: 'int sched_setaffinity(int thread, size_t bytes, uint8_t *mask)',
  sched_getaffinity: 'int sched_getaffinity(int thread, size_t bytes, uint8_t *mask)',
  clock_gettime: 'int clock_gettime(int clock, uintptr_t timespec)',
  nanosleep: 'int nanosleep(uintptr_t timespec, uintptr_t remaining)',
  sched_yield: 'int sched_yield()',
  sched_getcpu: 'int sched_getcpu()',
  pipe2: 'int pipe2(int32_t *descriptors, int flags)',
  read: 'int64_t read(int fd, uintptr_t bytes, size_t count)',
  write: 'int64_t write(int fd, uintptr_t bytes, size_t count)',
  if_nametoindex: 'uint32_t if_nametoindex(const char *name)',
  mmap: 'uintptr_t mmap(uintptr_t address, size_t bytes, int protection, int flags, int fd, int64_t offset)',
  munmap: 'int munmap(uintptr_t address, size_t bytes)',
  getpagesize: 'int getpagesize(void)',
} as const

let loaded: Libc | undefined

/**
 * libc of this thread; loaded at the first call. Each worker loads its own.
 *
 * @throws {TickwireError} TW_NO_FFI where this platform has no libc that Tickwire knows.
 */
export function libc(): Libc {
  loaded ??= load()
  return loaded
}

/** Whether the kernel transports can work here: Linux, 64-bit little-endian, a loadable libc. */
export function canUseLibc(): boolean {
  try {
    libc()
    return true
  } catch {
    return false
  }
}

/**
 * The same for whoever chooses a transport: nobody shall get another one because an option of node is missing.
 *
 * @throws {TickwireError} TW_PERMISSION where it is only Node's permission model that forbids it
 */
export function shouldUseLibc(): boolean {
  try {
    libc()
    return true
  } catch (error) {
    if (error instanceof TickwireError && error.code === 'TW_PERMISSION') throw error
    return false
  }
}

function load(): Libc {
  const musl = MUSL_ARCHITECTURES[process.arch]
  if (process.platform !== 'linux' || musl === undefined) {
    throw noFfi(`${process.platform} on ${process.arch} has no kernel transport`)
  }
  const koffi = requireKoffi()
  const library = firstThatLoads(koffi, ['libc.so.6', `libc.musl-${musl}.so.1`])
  const functions = Object.fromEntries(
    Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]),
  )
  const close = functions['close'] as { async(fd: number, done: () => void): void }
  const mmap = functions['mmap'] as (...values: unknown[]) => number | bigint
  return Object.assign(functions, {
    // A failure is 2^64 - 1, which koffi gives as a BigInt.
    mmap: (...values: unknown[]) => Number(mmap(...values)),
    closeAside: (fd: number) => close.async(fd, () => {}),
    errno: () => koffi.errno(),
    address: (memory: Uint8Array) => Number(koffi.address(memory)),
    view: (address: number, bytes: number) => koffi.view(BigInt(address), bytes),
    // koffi types every function as any; the table above and Libc are kept in step by hand.
  }) as unknown as Libc
}

function requireKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    throw forbidden(error) ?? noFfi(`koffi could not be loaded (${messageOf(error)})`)
  }
}

/** What Node's permission model says to native addons, and to reading their files. */
function forbidden(error: unknown): TickwireError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ERR_DLOPEN_DISABLED' && code !== 'ERR_ACCESS_DENIED') return undefined
  return new TickwireError(
    'TW_PERMISSION',
    `Node's permission model forbids the native addon koffi (${messageOf(error)})`,
    'Start node with --allow-addons and --allow-worker too, and --allow-fs-read for the folder of the package; or without --permission.',
    { cause: error },
  )
}

function firstThatLoads(koffi: Koffi, names: readonly string[]) {
  const failures: string[] = []
  for (const name of names) {
    try {
      return koffi.load(name)
    } catch (error) {
      failures.push(messageOf(error))
    }
  }
  throw noFfi(`no libc could be loaded (${failures.join('; ')})`)
}

function noFfi(what: string): TickwireError {
  return new TickwireError(
    'TW_NO_FFI',
    what,
    'Use --transport portable, or run on 64-bit Linux (x86-64 or arm64) with the koffi package.',
  )
}
