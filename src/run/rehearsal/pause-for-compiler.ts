const PAUSE_MS = 3

/** V8 compiles in the background: gives the core away for a moment, so that it gets to it. */
export function pauseForCompiler(ms = PAUSE_MS): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
