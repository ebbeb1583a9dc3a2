import { existsSync } from 'node:fs'
import * as zlib from 'node:zlib'
import { badOption, TickwireError } from '../foundation/errors.js'
import { optionName } from '../foundation/option-name.js'
import { zstdCompressor } from '../native/zstd.js'

/** How a recording is packed: by its name. */
export type RecordingPacking = 'none' | 'gzip' | 'zstd'

/** When what was written is forced to the disk: never, with each file's end, or every so many ms too. */
export type Fsync = 'none' | 'rotate' | number

/** How a feed is recorded, as its user says it. */
export interface RecordingOptions {
  /** The file to write: `{index}` and `{time}` in it stand for its number and when it was begun. */
  readonly file: string
  /** Begin another file before one has more bytes than this. Default: never. */
  readonly rotateBytes?: number | undefined
  /** Begin another file after this long. Default: never. */
  readonly rotateMs?: number | undefined
  /** `none` (the default), `rotate`, or milliseconds. */
  readonly fsync?: string | number | undefined
  /** Whether files that are there may be replaced. Default false. */
  readonly force?: boolean | undefined
}

/** The same, checked and complete. */
export interface RecordingPlan {
  readonly file: string
  readonly packing: RecordingPacking
  /** Infinity: never. */
  readonly rotateBytes: number
  readonly rotateMs: number
  readonly fsync: Fsync
  readonly force: boolean
  /** Of the ring before the recorder's thread, a power of two. */
  readonly ringBytes: number
}

const DEFAULT_RING_BYTES = 2 ** 24
const PLACE = /\{(index|time)\}/
/** Rotation needs names that differ: where the file's name has no place, the number goes before this. */
export const EXTENSION = /((?:\.[A-Za-z][A-Za-z0-9]*)?(?:\.gz|\.zst)?)$/

/** @throws {TickwireError} TW_BAD_OPTION, TW_NOT_SUPPORTED without zstd, TW_FILE_EXISTS */
export function planRecording(options: RecordingOptions): RecordingPlan {
  const { file, rotateBytes = Number.POSITIVE_INFINITY, force = false } = options
  const { rotateMs = Number.POSITIVE_INFINITY } = options
  const name = optionName('record')
  if (file === '' || file === '-' || file.includes('\0')) {
    throw badOption(
      `${name} is "${file}", which names no file`,
      'Give the path of a file to write.',
    )
  }
  if (/\.pcapng(\.gz|\.zst)?$/.test(file)) {
    throw badOption(`${file} would be no pcapng`, 'Recordings are pcap: let it end with .pcap.')
  }
  const unknown = /\{(?!index\}|time\})[^}]*\}/.exec(file)
  if (unknown !== null) {
    throw badOption(
      `${name} has ${unknown[0]} in it`,
      'Only {index} and {time} stand for something.',
    )
  }
  const rotates = rotateBytes !== Number.POSITIVE_INFINITY || rotateMs !== Number.POSITIVE_INFINITY
  const template =
    rotates && !PLACE.test(file) ? file.replace(EXTENSION, (end) => `-{index}${end}`) : file
  const packing = packingOf(file)
  packerOf(packing, file)
  if (!force && !PLACE.test(template) && existsSync(template)) throw fileExists(template)
  return {
    file: template,
    packing,
    rotateBytes,
    rotateMs,
    fsync: fsyncOf(options.fsync ?? 'none'),
    force,
    ringBytes: DEFAULT_RING_BYTES,
  }
}

export function packingOf(file: string): RecordingPacking {
  if (file.endsWith('.gz')) return 'gzip'
  return file.endsWith('.zst') ? 'zstd' : 'none'
}

/** The error for a file that is there already. */
export function fileExists(path: string): TickwireError {
  return new TickwireError(
    'TW_FILE_EXISTS',
    `${path} is there already`,
    `Give another name, or replace it with ${optionName('force')}.`,
  )
}

type Pack = (bytes: Uint8Array) => Uint8Array

/** Light, since a recorder has to keep up with its feed. */
const GZIP_LEVEL = 1
const ZSTD_LEVEL = 1

/**
 * What makes a member (gzip) or a frame (zstd) of bytes; undefined: nothing does.
 *
 * @throws {TickwireError} TW_NOT_SUPPORTED
 */
export function packerOf(packing: RecordingPacking, file: string): Pack | undefined {
  if (packing === 'none') return undefined
  if (packing === 'gzip') return (bytes) => zlib.gzipSync(bytes, { level: GZIP_LEVEL })
  const { zstdCompressSync } = zlib as { zstdCompressSync?: Pack }
  const pack = zstdCompressSync ?? zstdCompressor(ZSTD_LEVEL)
  if (pack !== undefined) return pack
  throw new TickwireError(
    'TW_NOT_SUPPORTED',
    `${file} would be packed with zstd, which neither this Node.js (${process.version}) nor this system has`,
    'Use .gz, Node.js 22.15 or newer, or install libzstd (apt-get install libzstd1).',
  )
}

function fsyncOf(value: string | number): Fsync {
  if (value === 'none' || value === 'rotate') return value
  const ms = typeof value === 'number' ? value : /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (Number.isInteger(ms) && ms > 0) return ms
  throw badOption(
    `${optionName('fsync')} is "${value}"`,
    'Give none, rotate, or after how many milliseconds.',
  )
}
