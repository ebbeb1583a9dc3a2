/**
 * Writes the generated views into the tree: `npm run generate`, after a field table was changed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emitFolder } from './emit-files.js'
import { GENERATED_FOLDERS } from './folders.js'
import { PROTOCOLS_PAGE, withTables } from './protocols-page.js'

for (const [folder, tables] of Object.entries(GENERATED_FOLDERS)) {
  const path = join('src', 'codec', folder)
  mkdirSync(path, { recursive: true })
  for (const old of readdirSync(path)) rmSync(join(path, old))
  const files = emitFolder(tables)
  for (const [name, text] of files) writeFileSync(join(path, name), text)
  console.log(`${path}: ${files.size} files`)
}

writeFileSync(PROTOCOLS_PAGE, withTables(readFileSync(PROTOCOLS_PAGE, 'utf8')))
