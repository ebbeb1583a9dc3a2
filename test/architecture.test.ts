import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import { ERROR_CODES } from '../src/foundation/errors.js'

const ROOT = process.cwd()
const MAX_LINES = 500
const GRAB_BAG = /(^|[-_.])(utils?|helpers?|common|misc)([-_.]|$)/
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })

interface Configuration {
  readonly forbidden: NonNullable<NonNullable<ICruiseOptions['ruleSet']>['forbidden']>
  readonly options: ICruiseOptions
}

const configuration = createRequire(import.meta.url)(
  join(ROOT, '.dependency-cruiser.cjs'),
) as Configuration

/** Each broken rule as `rule: importer -> imported`. */
async function violations(baseDir: string): Promise<{ broken: string[]; result: ICruiseResult }> {
  const { output } = await cruise(['src'], {
    ...configuration.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: configuration.forbidden },
  })
  assert.ok(typeof output !== 'string')
  const broken = output.summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`,
  )
  return { broken, result: output }
}

/** Writes files into a project of its own, cruises it, and removes it. */
async function violationsIn(files: Readonly<Record<string, string>>): Promise<string[]> {
  const baseDir = mkdtempSync(join(tmpdir(), 'tickwire-architecture-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(baseDir, dirname(path)), { recursive: true })
      writeFileSync(join(baseDir, path), text)
    }
    return (await violations(baseDir)).broken
  } finally {
    rmSync(baseDir, { recursive: true })
  }
}

test('Source imports point downwards, without cycles, and FFI stays in its folder', async () => {
  const { broken, result } = await violations(ROOT)
  assert.deepEqual(broken, [])
  const imports = result.modules.flatMap((one) => one.dependencies.map((to) => to.resolved))
  assert.ok(result.modules.length > 50, 'the modules were found')
  assert.ok(imports.includes('src/foundation/errors.ts'), 'imports of .js lead to .ts sources')
})

const leaf = 'export const leaf = 1\n'
const CASES: readonly {
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  readonly broken: readonly string[]
}[] = [
  {
    what: 'allows an import from any row below',
    files: {
      'src/ring/a.ts': "export { leaf } from '../native/leaf.js'\n",
      'src/native/leaf.ts': leaf,
    },
    broken: [],
  },
  {
    what: 'refuses an import from a row above',
    files: {
      'src/wire/a.ts': "export { leaf } from '../ring/leaf.js'\n",
      'src/ring/leaf.ts': leaf,
    },
    broken: ['wire-imports-downwards: src/wire/a.ts -> src/ring/leaf.ts'],
  },
  {
    what: 'refuses even a type from a row above',
    files: {
      'src/foundation/a.ts': "import type { Leaf } from '../wire/leaf.js'\nexport type A = Leaf\n",
      'src/wire/leaf.ts': 'export type Leaf = number\n',
    },
    broken: ['foundation-imports-downwards: src/foundation/a.ts -> src/wire/leaf.ts'],
  },
  {
    what: 'refuses an import from a sibling on the same row',
    files: {
      'src/send/a.ts': "export { leaf } from '../receive/leaf.js'\n",
      'src/receive/leaf.ts': leaf,
    },
    broken: ['send-imports-downwards: src/send/a.ts -> src/receive/leaf.ts'],
  },
  {
    what: 'refuses an import that only runs later',
    files: {
      'src/ring/a.ts': "export const later = () => import('../run/leaf.js')\n",
      'src/run/leaf.ts': leaf,
    },
    broken: ['ring-imports-downwards: src/ring/a.ts -> src/run/leaf.ts'],
  },
  {
    what: 'refuses a cycle within one folder',
    files: {
      'src/ring/a.ts': "import { b } from './b.js'\nexport const a = (): number => b()\n",
      'src/ring/b.ts': "import { a } from './a.js'\nexport const b = (): number => a()\n",
    },
    broken: ['no-cycle: src/ring/a.ts -> src/ring/b.ts'],
  },
  {
    what: 'refuses a folder that has no row',
    files: { 'src/extra/a.ts': "export { leaf } from './leaf.js'\n", 'src/extra/leaf.ts': leaf },
    broken: ['folder-has-a-row: src/extra/a.ts -> src/extra/leaf.ts'],
  },
  {
    what: 'refuses the public entry inside',
    files: { 'src/run/a.ts': "export { leaf } from '../index.js'\n", 'src/index.ts': leaf },
    broken: [
      'index-is-imported-by-nobody: src/run/a.ts -> src/index.ts',
      'run-imports-downwards: src/run/a.ts -> src/index.ts',
    ],
  },
  {
    what: 'refuses koffi outside of src/native',
    files: {
      'node_modules/koffi/package.json':
        '{ "name": "koffi", "version": "3.3.4", "main": "index.js" }',
      'node_modules/koffi/index.js': 'module.exports = {}\n',
      'src/native/a.ts': "import 'koffi'\n",
      'src/ring/a.ts': "import 'koffi'\n",
    },
    broken: ['koffi-only-in-native: src/ring/a.ts -> node_modules/koffi/index.js'],
  },
]

for (const { what, files, broken } of CASES) {
  test(`The import rule ${what}`, async () => {
    assert.deepEqual((await violationsIn(files)).sort(), [...broken])
  })
}

test('Source names koffi only in src/native, however it is loaded', () => {
  const naming = sources
    .filter((path) => path.endsWith('.ts') && !path.startsWith('native/'))
    .filter((path) => /['"]koffi['"]/.test(readFileSync(join(ROOT, 'src', path), 'utf8')))
  assert.deepEqual(naming, [])
})

test(`Source files have at most ${MAX_LINES} lines of code`, () => {
  const assembly = readdirSync(join(ROOT, 'assembly')).map((name) => join('assembly', name))
  const long = [...sources.map((path) => join('src', path)), ...assembly]
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, lines: codeLines(join(ROOT, path)) }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines}`)
  assert.deepEqual(long, [])
})

test('Source folders and files have names that say what is in them', () => {
  const grabBags = sources.filter((path) => GRAB_BAG.test(basename(path)))
  assert.deepEqual(grabBags, [])
  for (const name of ['utils.ts', 'string-util.ts', 'helpers', 'common.ts', 'misc']) {
    assert.match(name, GRAB_BAG)
  }
})

test('Every error code has a heading in docs/errors.md, and no other code has one', () => {
  const path = join(ROOT, 'docs', 'errors.md')
  assert.ok(existsSync(path), 'docs/errors.md is there')
  const text = readFileSync(path, 'utf8')
  const headings = [...text.matchAll(/^#{1,6} .*$/gm)].map(([line]) => line)
  const described = headings.flatMap((line) => line.match(/TW_[A-Z0-9_]+/g) ?? [])
  assert.deepEqual([...described].sort(), [...ERROR_CODES].sort())
  const mentioned = new Set(text.match(/TW_[A-Z0-9_]+/g) ?? [])
  const unknown = [...mentioned].filter((code) => !ERROR_CODES.some((known) => known === code))
  assert.deepEqual(unknown, [])
})

/** Lines that are neither blank nor comment. */
function codeLines(path: string): number {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line)).length
}
