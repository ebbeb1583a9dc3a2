import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'
import { parseArguments } from '../../src/cli/arguments.js'
import { COMMANDS } from '../../src/cli/commands.js'
import { codeBlocks, commandLines, documentPages } from '../kit/code-blocks.js'

/** Within the package, so that `tickwire` means what users import. */
const FOLDER = 'build/documents'
/** What pages take from the code around them. */
const AROUND = `
declare const sequence: number
declare const receivedNs: number
declare const bytes: DataView
declare const offset: number
declare const length: number
`

for (const page of documentPages()) {
  for (const { line, args } of commandLines(page)) {
    test(`${page}:${line} has a command line that is understood: ${args.join(' ')}`, async () => {
      const [name = '', ...rest] = args
      const entry = COMMANDS[name]
      assert.ok(entry !== undefined, `there is a command ${name}`)
      parseArguments(rest, await entry.load())
    })
  }
}

test('Programs in README and docs compile, those in TypeScript under strict', (t) => {
  rmSync(FOLDER, { recursive: true, force: true })
  t.after(() => rmSync(FOLDER, { recursive: true, force: true }))
  mkdirSync(FOLDER, { recursive: true })
  const around = join(FOLDER, 'around.d.ts')
  writeFileSync(around, AROUND)
  const files = documentPages().flatMap((page) =>
    codeBlocks(page, 'ts', 'js').map(({ language, line, text }) => {
      const name = `${page.replaceAll(/[/.]/g, '-')}-${line}.${language === 'ts' ? 'mts' : 'mjs'}`
      // A block without an import is a module all the same.
      writeFileSync(join(FOLDER, name), `${text}\nexport {}\n`)
      return join(FOLDER, name)
    }),
  )
  assert.ok(files.length > 0)
  const program = ts.createProgram([around, ...files], {
    strict: true,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  })
  const problems = ts
    .getPreEmitDiagnostics(program)
    // JavaScript has no types of its own to give.
    .filter(({ code, file }) => !(code === 7006 && file?.fileName.endsWith('.mjs')))
    .map((problem) => {
      const at = problem.file?.getLineAndCharacterOfPosition(problem.start ?? 0)
      const text = ts.flattenDiagnosticMessageText(problem.messageText, ' ')
      return `${problem.file?.fileName ?? ''}:${(at?.line ?? 0) + 1}: ${text}`
    })
  assert.deepEqual(problems, [])
})
