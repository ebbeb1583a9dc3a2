/**
 * Runs one compiled test file for `run.ts`, in a process of its own, and tells it each of the runner's
 * events: `node run-file.js FILE TIMEOUT_MS`.
 */
import { run } from 'node:test'
import { inspect } from 'node:util'

const [file, timeout] = process.argv.slice(2)
if (file === undefined || process.send === undefined) {
  console.error('error: this is called by run.js')
  process.exit(2)
}

// Who called may be ended before its time: then the file ends too.
const stop = new AbortController()
process.once('disconnect', () => stop.abort())

for await (const event of run({ files: [file], timeout: Number(timeout), signal: stop.signal })) {
  const { details } = event.data as { details?: { error?: Error & { cause?: unknown } } }
  // Between processes an error arrives without its message: what a reader would see goes as text.
  if (details?.error !== undefined) {
    const { error } = details
    // A file's own error says how its process ended.
    const shown = 'exitCode' in error ? error : (error.cause ?? error)
    details.error = { stack: inspect(shown) } as Error
  }
  if (process.connected) process.send(event)
}
if (process.connected) process.disconnect()
