import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { messageOf, TickwireError } from '../../foundation/errors.js'

/**
 * Each with its URL spelled out in `new Worker(new URL(…, import.meta.url))`: that is the form that bundlers
 * recognise and follow.
 */
const ENTRIES = {
  'capture-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/capture-thread.js', import.meta.url), options),
  'handler-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/handler-thread.js', import.meta.url), options),
  'nats-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/nats-thread.js', import.meta.url), options),
  'portable-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/portable-thread.js', import.meta.url), options),
  'receiver-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/receiver-thread.js', import.meta.url), options),
  'recorder-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/recorder-thread.js', import.meta.url), options),
  'retransmission-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/retransmission-thread.js', import.meta.url), options),
  'sender-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/sender-thread.js', import.meta.url), options),
  'single-thread': (options: WorkerOptions) =>
    new Worker(new URL('../entries/single-thread.js', import.meta.url), options),
} as const

/** A module that a thread begins with, of a stage above this one. */
export interface EntryModule {
  readonly url: URL
  /** `new Worker(new URL(…, import.meta.url), options)`, spelled out where the module is. */
  readonly start: (options: WorkerOptions) => Worker
}

/** A module of `run/entries/`, without its extension; or one of elsewhere. */
export type ThreadEntry = keyof typeof ENTRIES | EntryModule

/** Entries that import a module of the user's: it may need the loaders that the process was given. */
const WITH_HANDLER: readonly ThreadEntry[] = ['capture-thread', 'handler-thread', 'single-thread']
/** Options of `node` that say how modules are loaded, and whether their value is the next argument. */
const LOADER_OPTION = /^(--import|--require|-r|--loader|--experimental-loader|--conditions|-C)(=|$)/
const LOADER_SWITCH = /^--(no-)?experimental-(strip|transform)-types$/

/**
 * Starts the thread of an entry.
 *
 * @throws {TickwireError} TW_BUNDLED where the entry's file was left behind by a bundler; TW_PERMISSION where
 * Node's permission model allows no threads
 */
export function startWorker(entry: ThreadEntry, options: WorkerOptions): Worker {
  try {
    const start = typeof entry === 'string' ? ENTRIES[entry] : entry.start
    return start({
      ...options,
      // The other options of the process may be such that a worker refuses (--input-type, --test …).
      execArgv: WITH_HANDLER.includes(entry) ? loaderOptions(process.execArgv) : [],
    })
  } catch (error) {
    throw startFailure(error)
  }
}

/** What went wrong with a thread whose own file may not be there; undefined if it is. */
export function missingEntry(entry: ThreadEntry): TickwireError | undefined {
  const url =
    typeof entry === 'string' ? new URL(`../entries/${entry}.js`, import.meta.url) : entry.url
  if (url.protocol === 'file:' && existsSync(fileURLToPath(url))) return undefined
  return bundled(`The file of a thread, ${url.href}, is not there`)
}

/** Of the options of a process those that say how modules are loaded. */
export function loaderOptions(execArgv: readonly string[]): string[] {
  const found: string[] = []
  for (let i = 0; i < execArgv.length; i++) {
    const option = execArgv[i] ?? ''
    if (LOADER_SWITCH.test(option)) found.push(option)
    const match = LOADER_OPTION.exec(option)
    if (match === null) continue
    found.push(option)
    const value = execArgv[i + 1]
    if (match[2] !== '=' && value !== undefined) {
      found.push(value)
      i++
    }
  }
  return found
}

function startFailure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_ACCESS_DENIED') {
    return new TickwireError(
      'TW_PERMISSION',
      `Node's permission model forbids threads here (${messageOf(error)})`,
      'Start node with --allow-worker and --allow-addons too, and --allow-fs-read for the folder of the package; or without --permission.',
      { cause: error },
    )
  }
  // In a CommonJS bundle import.meta.url is empty.
  if (code === 'ERR_INVALID_URL') return bundled('The files of the threads cannot be found')
  return error
}

function bundled(what: string): TickwireError {
  return new TickwireError(
    'TW_BUNDLED',
    `${what}: it seems that tickwire was bundled into another file`,
    'Leave it out of the bundle (esbuild --external:tickwire, or externals of webpack and rollup) and install it beside the bundle.',
  )
}
