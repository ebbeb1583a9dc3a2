import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { environment, TestProcess } from './cli.js'

const FOLDER = join('build', 'bench')

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.js'))) {
  test(`${join('bench', file)} --help tells how to use it, and measures nothing`, async (t) => {
    const path = join(FOLDER, file)
    const child = new TestProcess(t, process.execPath, [path, '--help'], environment())
    const { exitCode, stdout, stderr } = await child.result
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, new RegExp(`^Usage: node build/bench/${file} .*\\n\\n(Measure .*\\n)`))
    assert.doesNotMatch(stdout, /Node v/)
  })
}

test('bench/bridge.js refuses an option that it does not know, with its usage', async (t) => {
  const args = [join(FOLDER, 'bridge.js'), '--round', '1']
  const { exitCode, stderr } = await new TestProcess(t, process.execPath, args, environment())
    .result
  assert.equal(exitCode, 2)
  assert.match(stderr, /--round\b[\s\S]*Usage: /)
})
