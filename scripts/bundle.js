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

const isCommand = (path) => /^cli\/(receive-command|send-command|arguments|output)\.js$/.test(path)
const isReceiver = (path) => path === 'run/entries/receiver-thread.js'
const isHandling = (path) => /^run\/entries\/(handler|single)-thread\.js$/.test(path)
const isSender = (path) => path === 'run/entries/sender-thread.js'
const isHot = (path) => isReceiver(path) || isHandling(path) || isSender(path)
const isRun = (path) => ['index.js', 'cli/receive-run.js', 'cli/send-run.js'].includes(path)

/**
 * Of what a chunk is made: all that these modules import statically, less what an earlier chunk has. With several kinds
 * of modules, what each kind imports.
 */
const CHUNKS = {
  // What every command needs before it knows which one it is, and `--help` alone.
  start: [(path) => path === MAIN],
  // What commands and threads need, so that no thread loads the rest of a command.
  common: [isCommand, isHot],
  commands: [isCommand],
  // What the hot threads run: each parses what it loads, for milliseconds.
  threads: [isReceiver, isHandling, isSender],
  receiving: [isReceiver, isHandling],
  answering: [isHandling, isSender],
  // What starts them needs some of it.
  planning: [isRun, isHot],
  handling: [isHandling],
  sending: [isSender],
  run: [isRun],
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

/** These modules, and all that they import statically. */
function reach(isRoot) {
  const seen = new Set(paths.filter(isRoot))
  for (const path of seen) for (const imported of targetsOf(path, IMPORT)) seen.add(imported)
  return seen
}

/** The chunk of each module that is in one. */
const chunkOf = new Map()
for (const [chunk, kinds] of Object.entries(CHUNKS)) {
  const [first, ...others] = kinds.map(reach)
  for (const path of first) {
    if (named.has(path) || placed.has(path) || chunkOf.has(path)) continue
    if (others.every((seen) => seen.has(path))) chunkOf.set(path, chunk)
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
