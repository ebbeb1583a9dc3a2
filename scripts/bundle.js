/**
 * Puts the compiled modules of `dist/` together into few files: `node scripts/bundle.js`. Node.js needs about a
 * millisecond for each module that it loads, in each thread anew; a receiver of three threads loads 500.
 *
 * What is named from outside stays a file of its own under its own name: what package.json exports, the first line of
 * each thread, and every module that names a file beside it (`import.meta.url`). Declarations stay as they are.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

const root = dirname(import.meta.dirname)
const dist = join(root, 'dist')
const MAIN = 'cli/main.js'

/** Of what a chunk is made: all that these modules import statically, less what an earlier chunk has. */
const CHUNKS = {
  // What every command needs before it knows which one it is, and `--help` alone.
  start: (path) => path === MAIN,
  commands: (path) => /^cli\/(receive-command|send-command|arguments|output)\.js$/.test(path),
  // What the hot threads run.
  threads: (path) => /^run\/entries\/(handler|receiver|sender|single)-thread\.js$/.test(path),
  // What starts them.
  run: (path) => ['index.js', 'cli/receive-run.js', 'cli/send-run.js'].includes(path),
}

const IMPORT = /^(?:import|export)\b[^'"]*?['"](\.[^'"]+\.js)['"];?$/gm
const BESIDE = /new URL\('(\.[^']+\.js)', import\.meta\.url\)/g
const MODULE = /\.js$/

const paths = readdirSync(dist, { recursive: true }).filter((path) => MODULE.test(path))
const texts = new Map(paths.map((path) => [path, readFileSync(join(dist, path), 'utf8')]))

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const exported = Object.values(exports).flatMap((entry) => entry.default ?? [])
const named = new Set([
  MAIN,
  ...exported.map((path) => relative('dist', path)),
  ...paths.flatMap((path) => targetsOf(path, BESIDE)),
])
/** Modules that name a file beside them. */
const placed = new Set(
  paths.filter((path) => !named.has(path) && texts.get(path).includes('import.meta')),
)

/** The modules that a module names in this way. */
function targetsOf(path, way) {
  return [...texts.get(path).matchAll(way)].map(([, target]) => join(dirname(path), target))
}

/** The chunk of each module that is in one. */
const chunkOf = new Map()
for (const [chunk, isRoot] of Object.entries(CHUNKS)) {
  const queue = paths.filter(isRoot)
  const seen = new Set(queue)
  for (const path of queue) {
    if (!named.has(path) && !placed.has(path) && !chunkOf.has(path)) chunkOf.set(path, chunk)
    for (const imported of targetsOf(path, IMPORT)) {
      if (!seen.has(imported)) queue.push(imported)
      seen.add(imported)
    }
  }
}

const bundle = await rolldown({
  input: Object.fromEntries([...named].map((path) => [path.replace(MODULE, ''), join(dist, path)])),
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  treeshake: false,
})
const { output } = await bundle.generate({
  entryFileNames: '[name].js',
  chunkFileNames: ({ name }) => (name.includes('/') ? '[name].js' : 'chunks/[name].js'),
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      ...Object.keys(CHUNKS).map((name) => ({
        name,
        test: (id) => chunkOf.get(relative(dist, id)) === name,
      })),
      ...[...placed].map((path) => ({
        name: path.slice(0, -3),
        test: (id) => id === join(dist, path),
      })),
    ],
  },
})
for (const { fileName, imports = [] } of output) {
  // It waits for what it imports while it runs: a file that waits for it would wait for ever.
  if (imports.includes(MAIN)) throw new Error(`${fileName} imports ${MAIN}`)
}
const written = new Set(output.map(({ fileName }) => fileName))
for (const path of [...named, ...placed]) {
  if (!written.has(path)) throw new Error(`${path} is no file of its own`)
}
for (const path of paths) rmSync(join(dist, path))
for (const { fileName, code } of output) {
  mkdirSync(join(dist, dirname(fileName)), { recursive: true })
  writeFileSync(join(dist, fileName), code)
}
await bundle.close()
