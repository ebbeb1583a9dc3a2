import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A block of code in a page, as a reader would copy it. */
export interface CodeBlock {
  readonly page: string
  /** Of its first line in the page, counted from 1. */
  readonly line: number
  /** What stands behind the three backticks: `sh`, `js`, `ts`. */
  readonly language: string
  readonly text: string
  /** What its first line says that the file is called: `// run.mjs`; undefined if it does not. */
  readonly file: string | undefined
}

/** The pages that users read: decisions tell of their day. */
export function documentPages(): string[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  return ['README.md', ...docs.map((path) => join('docs', path))]
    .filter((path) => path.endsWith('.md') && !path.includes('decisions'))
    .sort()
}

/** The blocks of a page that are in a language. */
export function codeBlocks(page: string, ...languages: readonly string[]): CodeBlock[] {
  const text = readFileSync(page, 'utf8')
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .map(({ 1: language = '', 2: code = '', index }) => ({
      page,
      line: text.slice(0, index).split('\n').length + 1,
      language,
      text: code,
      file: /^\/\/ (\S+\.m?[jt]s)\n/.exec(code)?.[1],
    }))
    .filter(({ language }) => languages.includes(language))
}

/** The lines of shell blocks that call tickwire, with what continues them, as lists of arguments. */
export function commandLines(page: string): { readonly line: number; readonly args: string[] }[] {
  return codeBlocks(page, 'sh').flatMap((block) =>
    block.text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => /^(npx )?tickwire /.test(line))
      .map((line) => ({
        line: block.line,
        args: line
          .replace(/\s+#.*$/, '')
          .replace(/\s*[|>&].*$/, '')
          .split(/\s+/)
          .slice(line.startsWith('npx') ? 2 : 1)
          .map((word) => word.replace(/^(['"])(.*)\1$/, '$2')),
      })),
  )
}
