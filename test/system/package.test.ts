import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { environment } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const run = promisify(execFile)
const INSTALL_LIMIT_MS = 120_000
/** The package is built by then; packing it again would rebuild it under the feet of other tests. */
const PACK = ['pack', '--ignore-scripts', '--json', '--pack-destination']

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** What each package of the lock file is there for. */
interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: true; readonly peer?: true; readonly devOptional?: true }>
  >
}

/** What a user's first program does, by the names that the package exports. */
const PROGRAM = `
  import assert from 'node:assert/strict'
  import { MARKET_DATA_BYTES, receive, send } from 'tickwire'
  import * as wire from 'tickwire/wire'
  import * as ring from 'tickwire/ring'
  import * as tune from 'tickwire/tune'
  import { decode } from 'tickwire/export'
  import { serveMetrics } from 'tickwire/observe'
  assert.equal(MARKET_DATA_BYTES, wire.MARKET_DATA_BYTES)
  assert.ok(Object.keys(ring).length > 0)
  assert.equal(tune.measureBacklog(new tune.TraceBuilder().build()).zeroLossSlots, 0)
  const feed = await receive({ endpoints: 'udp://127.0.0.1:0', handler: null, count: 1000 })
  const live = await decode({ endpoint: 'udp://127.0.0.1:0', durationMs: 50 })
  assert.equal((await live.finished).endedBy, 'duration')
  const metrics = await serveMetrics(feed, 'http://127.0.0.1:0')
  assert.equal((await fetch(new URL('/healthz', metrics.url))).status, 200)
  const sender = await send({ endpoint: feed.endpoints[0], count: 1000, rate: 20000 })
  const [received, sent] = await Promise.all([feed.finished, sender.finished])
  console.log(JSON.stringify({ received: received.delivered, sent: sent.messages }))
`

/** Packs what the package depends on as it lies here, so that it can be installed without a network. */
async function packDependencies(folder: string): Promise<string[]> {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const needed = Object.entries(packages)
    .filter(([path, { dev, peer, devOptional }]) => path !== '' && !(dev || peer || devOptional))
    .map(([path]) => path)
    // Of what there is for each platform only this one's is installed.
    .filter((path) => existsSync(path))
  const { stdout } = await run('npm', [...PACK, folder, ...needed.map((path) => resolve(path))], {
    env: environment(),
  })
  return (JSON.parse(stdout) as Packed[]).map(({ filename }) => join(folder, filename))
}

test('the packed package installs without scripts, is imported, and runs', async (t) => {
  const folder = temporaryFolder(t)
  const inFolder = { cwd: folder, env: environment(), timeout: INSTALL_LIMIT_MS }
  const { stdout } = await run('npm', [...PACK, folder], { env: environment() })
  const [packed] = JSON.parse(stdout) as Packed[]
  assert.ok(packed !== undefined)
  const paths = packed.files.map(({ path }) => path)
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'LICENSE']) {
    assert.ok(paths.includes(path), `${path} is in the package`)
  }
  assert.ok(!paths.some((path) => path.startsWith('test/') || path.startsWith('build/')))

  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "type": "module" }')
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--offline']
  const archives = [join(folder, packed.filename), ...(await packDependencies(folder))]
  await run('npm', [...install, ...archives], inFolder)
  writeFileSync(join(folder, 'program.js'), PROGRAM)
  const program = await run(process.execPath, ['program.js'], inFolder)
  assert.deepEqual(JSON.parse(program.stdout), { received: 1000, sent: 1000 })
  const version = await run('npx', ['--no-install', 'tickwire', '--version'], inFolder)
  assert.match(version.stdout, /^\d+\.\d+\.\d+/)
  const help = await run('npx', ['--no-install', 'tickwire', 'tune', '--help'], inFolder)
  const [, example = ''] = /--handler (\S*handler\.js)/.exec(help.stdout) ?? []
  assert.ok(existsSync(join(folder, example)), `${example} is there`)
})

test('each entry of the package exports what its source does, and no more', async () => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | { default: string }>
  }
  const entries = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : entry.default,
  )
  assert.ok(entries.length > 10)
  for (const path of entries) {
    const namesOf = async (file: string) =>
      Object.keys((await import(pathToFileURL(file).href)) as object).sort()
    assert.deepEqual(
      await namesOf(resolve(path)),
      await namesOf(resolve(path.replace('dist', 'build/src'))),
      path,
    )
  }
})

test('publint finds nothing wrong with the package', async () => {
  const { messages } = await publint({ pkgDir: process.cwd(), level: 'suggestion', pack: false })
  assert.deepEqual(messages, [])
})
