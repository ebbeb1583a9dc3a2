import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { loaderOptions } from '../../src/run/thread/start-worker.js'
import { CLI_FILE, environment, TestProcess } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const ALONE = ['receive', 'udp://127.0.0.1:0', '--duration-ms', '100', '--json']

/** Node's permission model got its final name in a later version than the oldest that is supported. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'

/** The error of the one object on standard output. */
function errorOf(stdout: string): { readonly code: string; readonly remedy: string } {
  return (JSON.parse(stdout) as { error: { code: string; remedy: string } }).error
}

test('each entry of a thread is named in a URL that a bundler can follow', () => {
  const published = readFileSync('dist/run/thread/start-worker.js', 'utf8')
  const files = readdirSync('src/run/entries').filter((name) => name.endsWith('-thread.ts'))
  for (const file of files.map((name) => name.replace('.ts', '.js'))) {
    const url = new RegExp(
      `new Worker\\(new URL\\(['"]\\.\\./entries/${file}['"], import\\.meta\\.url\\)`,
    )
    assert.match(published, url)
    assert.ok(existsSync(join('dist/run/entries', file)), file)
  }
})

test('a program without the files of its threads says that it was bundled', async (t) => {
  const folder = temporaryFolder(t)
  cpSync('dist', join(folder, 'dist'), { recursive: true })
  rmSync(join(folder, 'dist/run/entries'), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const args = [join(folder, 'dist/cli/main.js'), ...ALONE]
  const { exitCode, stdout } = await new TestProcess(t, process.execPath, args, environment())
    .result
  assert.equal(exitCode, 1)
  assert.equal(errorOf(stdout).code, 'TW_BUNDLED')
  assert.match(errorOf(stdout).remedy, /--external:tickwire/)
})

const FORBIDDEN = {
  'native addons': ['--allow-fs-read=*', '--allow-worker'],
  threads: ['--allow-fs-read=*', '--allow-addons'],
} as const

for (const [what, allowed] of Object.entries(FORBIDDEN)) {
  test(`a permission model without ${what} is an error that names the options of node`, async (t) => {
    const args = [PERMISSION, ...allowed, CLI_FILE, ...ALONE]
    const { exitCode, stdout } = await new TestProcess(t, process.execPath, args, environment())
      .result
    assert.equal(exitCode, 1)
    assert.equal(errorOf(stdout).code, 'TW_PERMISSION')
    assert.match(errorOf(stdout).remedy, /--allow-worker/)
    assert.match(errorOf(stdout).remedy, /--allow-addons/)
  })
}

test('the thread of a handler gets the loaders of its process, and nothing else', () => {
  const given = ['--test', '--import', 'tsx', '--require=./a.js', '--max-old-space-size=100']
  assert.deepEqual(loaderOptions(given), ['--import', 'tsx', '--require=./a.js'])
  assert.deepEqual(
    loaderOptions(['--experimental-strip-types', '-r', 'x', '--input-type=module']),
    ['--experimental-strip-types', '-r', 'x'],
  )
})

test('a handler in TypeScript runs where a loader is given, or the error says what to do', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(
    join(folder, 'handler.ts'),
    'export default { onMessage(message: object): void {} }',
  )
  const args = [CLI_FILE, ...ALONE, '--handler', join(folder, 'handler.ts')]
  const { exitCode, stdout } = await new TestProcess(t, process.execPath, args, environment())
    .result
  const strips = 'typescript' in process.features && process.features.typescript !== false
  assert.equal(exitCode, strips ? 0 : 1, stdout)
  if (strips) return
  assert.equal(errorOf(stdout).code, 'TW_BAD_HANDLER')
  assert.match(errorOf(stdout).remedy, /Node 22\.18 or newer/)
})
