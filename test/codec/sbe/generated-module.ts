/** Compiles what `tickwire generate` writes, strictly, and imports it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts'],
  types: [],
}

/** What every host has beside the language, without the thousands of lines of a browser's. */
const HOST = `
declare class TextEncoder { encode(text: string): Uint8Array<ArrayBuffer> }
declare class TextDecoder { decode(bytes: Uint8Array): string }
`

/** The exports of the module. Fails with the compiler's words if it does not compile. */
export async function importGenerated(text: string): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-generated-'))
  try {
    const source = join(folder, 'feed.ts')
    writeFileSync(source, text)
    const host = join(folder, 'host.d.ts')
    writeFileSync(host, HOST)
    const program = ts.createProgram([source, host], { ...OPTIONS, outDir: join(folder, 'out') })
    const problems = ts.getPreEmitDiagnostics(program)
    assert.equal(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => folder,
        getNewLine: () => '\n',
      }),
      '',
    )
    program.emit()
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    return (await import(pathToFileURL(join(folder, 'out', 'feed.js')).href)) as Record<
      string,
      unknown
    >
  } finally {
    rmSync(folder, { recursive: true })
  }
}
