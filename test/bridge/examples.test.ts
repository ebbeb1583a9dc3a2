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

test('The unit for systemd spills to the folder that systemd makes for its user', () => {
  const unit = readFileSync(UNIT, 'utf8')
  const [, state = ''] = /^StateDirectory=(.*)$/m.exec(unit) ?? []
  const [, spill = ''] = / --spill (\S+)/.exec(unit) ?? []
  assert.ok(state !== '' && spill.startsWith(`/var/lib/${state}/`), spill)
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

/** Prints the services of a compose file as JSON. */
const READ_COMPOSE = `import json, sys, yaml
print(json.dumps(yaml.safe_load(open(sys.argv[1]))["services"]))`

test('The compose file has no mistake in its syntax', {
  skip: missing('python3', ['-c', 'import yaml']),
}, () => {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', READ_COMPOSE, COMPOSE])
  assert.equal(status, 0, String(stderr))
  const services = Object.entries<Record<string, unknown>>(JSON.parse(String(stdout)))
  assert.ok(services.length > 0)
  // https://docs.docker.com/reference/compose-file/services/
  const known =
    'build cap_add command depends_on environment image network_mode ports restart user volumes working_dir'
  for (const [name, service] of services) {
    assert.ok(service['image'] ?? service['build'], `${name} says what runs`)
    for (const key of Object.keys(service))
      assert.ok(known.split(' ').includes(key), `${name}: ${key}`)
  }
})

function missing(program: string, args: readonly string[]): string | false {
  const { status } = spawnSync(program, args)
  return status === 0 ? false : `${program} ${args.join(' ')} does not work here`
}
