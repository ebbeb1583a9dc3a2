import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A handler module in a folder of its own, which is removed with the test. */
export interface HandlerModule {
  readonly file: string
  /** What the module wrote with its `write(value)`. */
  written<Value>(): Value
}

/**
 * Writes a handler module. In its source, `write(value)` leaves a value for the test to read; call it
 * once, at best in `onStop`.
 */
export function handlerModule(t: TestContext, source: string): HandlerModule {
  const folder = temporaryFolder(t)
  const file = join(folder, 'handler.mjs')
  const output = join(folder, 'written.json')
  const head =
    `import { writeFileSync } from 'node:fs'\n` +
    `const write = (value) => writeFileSync(${JSON.stringify(output)}, JSON.stringify(value))\n`
  writeFileSync(file, head + source)
  return {
    file,
    written: <Value>() => JSON.parse(readFileSync(output, 'utf8')) as Value,
  }
}

/** A folder that is removed with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
