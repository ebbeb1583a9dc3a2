/**
 * Compiles the memory of the books to WebAssembly: `node scripts/assemble-books.js` writes
 * `src/book/memory-code.ts`, `… --print` writes it to standard output, for the test that compares both.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main } from 'assemblyscript/asc'

const root = join(import.meta.dirname, '..')
const SOURCE = 'assembly/book-memory.ts'
const TARGET = join(root, 'src', 'book', 'memory-code.ts')
const LINE = 100

const files = new Map()
const { error, stderr } = await main(
  [
    ...[SOURCE, '--baseDir', root, '--outFile', 'book-memory.wasm'],
    ...['--runtime', 'stub', '--noAssert', '--pedantic'],
    // One page, for the header; `create` takes the rest.
    ...['--initialMemory', '1', '--optimizeLevel', '3', '--converge'],
  ],
  { writeFile: (name, content) => files.set(name, content) },
)
if (error !== null) throw new Error(`${error.message}\n${stderr}`)
const base64 = Buffer.from(files.get('book-memory.wasm')).toString('base64')
const lines = base64.match(new RegExp(`.{1,${LINE - 4}}`, 'g')) ?? []
const text = `// Made by \`npm run generate\` from ${SOURCE}: do not edit.

/** The memory of books as WebAssembly, in base64. */
export const MEMORY_CODE =
${lines.map((line) => `  '${line}'`).join(' +\n')}
`
if (process.argv.includes('--print')) process.stdout.write(text)
else writeFileSync(TARGET, text)
