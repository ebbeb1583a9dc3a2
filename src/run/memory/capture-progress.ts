/** Where the progress of a run is, in shared memory of doubles; bytes are NaN where nobody knows. */
export const PROGRESS = { consumedBytes: 0, totalBytes: 1, nowSeconds: 2 } as const
export const PROGRESS_BYTES = 8 * 8

/** How far the reading of a recording has come, a moment ago. */
export interface CaptureProgress {
  /** Of the files as they are packed. */
  readonly consumedBytes: number
  /** Null: a pipe does not tell. */
  readonly totalBytes: number | null
  /** The recorded time, seconds since 1970. */
  readonly unixSeconds: number
}

/** Reads it, in any thread; zeros where there is none. */
export function readProgress(memory: SharedArrayBuffer | undefined): CaptureProgress {
  const words = new Float64Array(memory ?? new ArrayBuffer(PROGRESS_BYTES))
  const totalBytes = words[PROGRESS.totalBytes]
  return {
    consumedBytes: words[PROGRESS.consumedBytes],
    totalBytes: Number.isNaN(totalBytes) ? null : totalBytes,
    unixSeconds: words[PROGRESS.nowSeconds],
  }
}
