import { createRequire } from 'node:module'

type Koffi = typeof import('koffi')

/** Names under which the shared library of Zstandard lies on Linux, macOS and Windows. */
const LIBRARY_NAMES = ['libzstd.so.1', 'libzstd.so', 'libzstd.1.dylib', 'libzstd.dll']

/** What zstd takes unasked. */
const COMPRESSION_LEVEL = 3

/** What of libzstd is called; sizes are `size_t`, errors are sizes too (`ZSTD_isError`). */
interface Libzstd {
  create(): unknown
  free(stream: unknown): number
  decompress(
    stream: unknown,
    output: Uint8Array,
    outputBytes: number,
    outputPosition: BigUint64Array,
    input: Uint8Array,
    inputBytes: number,
    inputPosition: BigUint64Array,
  ): number
  compress(
    output: Uint8Array,
    outputBytes: number,
    input: Uint8Array,
    inputBytes: number,
    level: number,
  ): number
  compressBound(inputBytes: number): number
  isError(code: number): number
  errorName(code: number): string
}

/** Undefined until it was looked for; null where it is not installed. */
let library: Libzstd | null | undefined

/**
 * Unpacks Zstandard frames, one behind the other, with the system's libzstd: for versions of Node.js
 * whose `node:zlib` cannot (before 22.15). One thread; `close` frees memory outside of the heap.
 *
 * Source: zstd.h, "Streaming decompression" and `ZSTD_decompressStream_simpleArgs`.
 */
export class ZstdDecoder {
  /** Bytes of the input that the last `decode` has taken. */
  taken = 0
  /** Bytes that it has written. */
  written = 0
  /** What it complained of; empty: of nothing. */
  problem = ''
  /** Whether it stands behind a whole frame. */
  atFrameEnd = true
  readonly #library: Libzstd
  #stream: unknown
  readonly #outputPosition = new BigUint64Array(1)
  readonly #inputPosition = new BigUint64Array(1)

  private constructor(library: Libzstd) {
    this.#library = library
    this.#stream = library.create()
  }

  /** A decoder; undefined where there is no libzstd. */
  static create(): ZstdDecoder | undefined {
    const found = load()
    return found === null ? undefined : new ZstdDecoder(found)
  }

  /** Unpacks from `input` into `output`, as much as fits. */
  decode(input: Uint8Array, output: Uint8Array): void {
    this.#outputPosition[0] = 0n
    this.#inputPosition[0] = 0n
    const code = this.#library.decompress(
      this.#stream,
      output,
      output.length,
      this.#outputPosition,
      input,
      input.length,
      this.#inputPosition,
    )
    this.taken = Number(this.#inputPosition[0])
    this.written = Number(this.#outputPosition[0])
    this.problem = this.#library.isError(code) === 0 ? '' : this.#library.errorName(code)
    this.atFrameEnd = code === 0
  }

  close(): void {
    if (this.#stream !== null) this.#library.free(this.#stream)
    this.#stream = null
  }
}

/** Packs bytes as one Zstandard frame; undefined where there is no libzstd. Allocates. */
export function zstdCompressor(
  level = COMPRESSION_LEVEL,
): ((bytes: Uint8Array) => Uint8Array) | undefined {
  const found = load()
  if (found === null) return undefined
  return (bytes) => {
    const output = new Uint8Array(found.compressBound(bytes.length))
    const size = found.compress(output, output.length, bytes, bytes.length, level)
    if (found.isError(size) === 0) return output.subarray(0, size)
    throw new Error(`libzstd failed: ${found.errorName(size)}`)
  }
}

function load(): Libzstd | null {
  if (library !== undefined) return library
  library = null
  let koffi: Koffi
  try {
    koffi = createRequire(import.meta.url)('koffi') as Koffi
  } catch {
    return library
  }
  for (const name of LIBRARY_NAMES) {
    try {
      const loaded = koffi.load(name)
      library = {
        create: loaded.func('void *ZSTD_createDStream(void)'),
        free: loaded.func('size_t ZSTD_freeDStream(void *stream)'),
        decompress: loaded.func(
          'size_t ZSTD_decompressStream_simpleArgs(void *stream, uint8_t *output, size_t outputBytes, uint64_t *outputPosition, uint8_t *input, size_t inputBytes, uint64_t *inputPosition)',
        ),
        compress: loaded.func(
          'size_t ZSTD_compress(uint8_t *output, size_t outputBytes, uint8_t *input, size_t inputBytes, int level)',
        ),
        compressBound: loaded.func('size_t ZSTD_compressBound(size_t inputBytes)'),
        isError: loaded.func('uint32_t ZSTD_isError(size_t code)'),
        errorName: loaded.func('const char *ZSTD_getErrorName(size_t code)'),
      }
      return library
    } catch {
      // Another name may be there.
    }
  }
  return library
}
