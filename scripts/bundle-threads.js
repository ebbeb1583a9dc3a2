/**
 * Puts the compiled modules of each thread together into few files: `node scripts/bundle-threads.js build/src`. Tests
 * start hundreds of threads, and each would load some 200 modules anew; `bundle.js` says what that costs.
 *
 * All modules stay where they are, for tests to import: only the first module of each thread is replaced.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(dirname(import.meta.dirname), process.argv[2])
const ENTRIES = 'run/entries'
const threads = [
  ...readdirSync(join(root, ENTRIES)).map((name) => `${ENTRIES}/${name}`),
  'bridge/publisher-thread.js',
].filter((path) => path.endsWith('.js'))

const bundle = await rolldown({
  input: Object.fromEntries(threads.map((path) => [path.slice(0, -3), join(root, path)])),
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  platform: 'node',
  treeshake: false,
})
const { output } = await bundle.generate({
  entryFileNames: '[name].js',
  chunkFileNames: 'thread-chunks/[name].js',
})
await bundle.close()
for (const { fileName, code } of output) {
  // It would be looked for beside the chunk.
  if (/new URL\([^)]*import\.meta/.test(code)) throw new Error(`${fileName} names a file beside it`)
  mkdirSync(join(root, dirname(fileName)), { recursive: true })
  writeFileSync(join(root, fileName), code)
}
