import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { parseArguments } from '../../src/cli/arguments.js'
import { bridgeCommand } from '../../src/cli/bridge-command.js'

const UNIT = resolve('examples/bridge/tickwire-bridge.service')
const COMPOSE = resolve('examples/bridge/compose.yaml')

test('The command in the unit for systemd is understood', () => {
  const line = /^ExecStart=(.*)$/m.exec(readFileSync(UNIT, 'utf8'))?.[1] ?? ''
  const args = line.split(' ')
  parseArguments(args.slice(args.indexOf('bridge') + 1), bridgeCommand)
})

test('The command in the compose file is understood', () => {
  const [, list = ''] = /- bridge\n((?:\s+- .*\n)+)/.exec(readFileSync(COMPOSE, 'utf8')) ?? []
  const args = [...list.matchAll(/- (\S+)/g)].map(([, arg = '']) => arg)
  assert.ok(args.includes('--create'))
  parseArguments(args, bridgeCommand)
})

test('The unit for systemd has no mistake in its syntax', {
  skip: missing('systemd-analyze', ['--version']),
}, () => {
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', UNIT])
  const problems = `${stdout}${stderr}`
    .split('\n')
    .filter((line) => /tickwire-bridge\.service:\d+:|Unknown (key|section|lvalue)/.test(line))
  assert.deepEqual(problems, [])
})

test('The compose file has no mistake in its syntax', {
  skip: missing('docker', ['compose', 'version']),
}, () => {
  const { status, stderr } = spawnSync('docker', ['compose', '-f', COMPOSE, 'config', '--quiet'])
  assert.equal(status, 0, String(stderr))
})

function missing(program: string, args: readonly string[]): string | false {
  const { status } = spawnSync(program, args)
  return status === 0 ? false : `${program} ${args.join(' ')} does not work here`
}
