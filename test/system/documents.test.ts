import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { codeBlocks } from '../kit/code-blocks.js'
import { freePort } from '../kit/ports.js'
import { environment, runSender, startReceiver, TestProcess } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

/** A folder with the programs of a page, in which `tickwire` is what was built. */
function programs(t: TestContext, page: string, port: number): string {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(resolve('.'), join(folder, 'node_modules/tickwire'))
  for (const { file, text } of codeBlocks(page, 'js')) {
    if (file !== undefined) writeFileSync(join(folder, file), text.replaceAll('9001', String(port)))
  }
  return folder
}

/** Runs a program in its folder, as `node FILE` there does. */
function start(t: TestContext, folder: string, file: string): TestProcess {
  const shell = `cd ${folder} && exec ${process.execPath} ${file}`
  return new TestProcess(t, '/bin/sh', ['-c', shell], environment())
}

// docs/api.md has the same ones.
for (const page of ['README.md']) {
  test(`the programs run.mjs and handler.mjs of ${page} run, and deliver all`, async (t) => {
    const folder = programs(t, page, await freePort())
    const { exitCode, stdout, stderr } = await start(t, folder, 'run.mjs').result
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, /volume \d+ in 5000 messages/)
    assert.match(stdout, /delivered: 5000/)
  })

  test(`the program iterate.mjs of ${page} runs, and ends when nothing more comes`, async (t) => {
    const port = await freePort()
    const program = start(t, programs(t, page, port), 'iterate.mjs')
    let over = false
    const result = program.result.finally(() => {
      over = true
    })
    // It does not say when it is ready. Who sends waits longer than its silence before trying again.
    while (!over) {
      await runSender(t, [`udp://127.0.0.1:${port}`, '--count', '500', '--rate', '5000'])
      await Promise.race([program.result, setTimeout(5000, undefined, { ref: false })])
    }
    const { exitCode, stdout, stderr } = await result
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, /^\d+ \d+ \d+\n$/)
  })
}

test('the program publish.mjs of docs/api.md runs with the receiver that stands beside it', async (t) => {
  const args = ['udp://127.0.0.1:0', '--flow', 'credit', '--count', '1000', '--json']
  const { process: receiver, port } = await startReceiver(t, args)
  const folder = programs(t, 'docs/api.md', port)
  const { exitCode, stdout, stderr } = await start(t, folder, 'publish.mjs').result
  assert.equal(exitCode, 0, stderr)
  assert.match(stdout, /offered: 1000/)
  assert.match((await receiver.result).stdout, /"delivered":1000/)
})

const ALONE: Readonly<Record<string, readonly [string, RegExp]>> = {
  'message.mjs': ['docs/api.md', /^100\.25 \d/],
  'size.mjs': ['docs/sizing.md', /^\d+ \d+\n/],
}

for (const [file, [page, output]] of Object.entries(ALONE)) {
  test(`the program ${file} of ${page} runs`, async (t) => {
    const folder = programs(t, page, await freePort())
    const { exitCode, stdout, stderr } = await start(t, folder, file).result
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, output)
  })
}

test('the program profile.mjs of docs/profile-format.md reads what receive --profile wrote', async (t) => {
  const folder = programs(t, 'docs/profile-format.md', await freePort())
  const file = join(folder, 'run.profile')
  const args = ['udp://127.0.0.1:0', '--profile', file, '--count', '100']
  const { process: receiver, endpoints } = await startReceiver(t, args)
  await runSender(t, [endpoints[0] ?? '', '--count', '100'])
  await receiver.result
  const { exitCode, stdout, stderr } = await start(t, folder, 'profile.mjs').result
  assert.equal(exitCode, 0, stderr)
  assert.match(stdout, /^\d+\n$/)
})
