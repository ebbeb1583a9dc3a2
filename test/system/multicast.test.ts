import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { SendReport } from '../../src/run/transmission/send-report.js'
import { SHARED_FLAGS } from '../kit/sharing.js'
import { CLI_FILE, environment, onlyObject, readiness, receiveReport, TestProcess } from './cli.js'

const PORT = 30_001

/** Why there can be no network namespace here. */
function noNamespaces(): string | false {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'making a network namespace needs root'
  try {
    execFileSync('ip', ['-V'], { stdio: 'ignore' })
  } catch {
    return 'there is no ip program (iproute2)'
  }
  try {
    const name = namespaceName()
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' })
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' })
    return false
  } catch {
    return 'network namespaces cannot be made here'
  }
}

function namespaceName(): string {
  return `tickwire-${randomBytes(6).toString('hex')}`
}

const skip = noNamespaces()

/** A network of the test's own: a loopback that carries multicast, and two addresses on it. */
class Network {
  readonly #name = namespaceName()
  readonly #t: TestContext

  constructor(t: TestContext) {
    this.#t = t
    execFileSync('ip', ['netns', 'add', this.#name])
    t.after(() => execFileSync('ip', ['netns', 'delete', this.#name]))
    this.#ip('link', 'set', 'lo', 'up', 'multicast', 'on')
    this.#ip('address', 'add', '10.9.9.1/32', 'dev', 'lo')
    this.#ip('route', 'add', '224.0.0.0/4', 'dev', 'lo')
  }

  tickwire(...args: string[]): TestProcess {
    const inside = ['netns', 'exec', this.#name, process.execPath, CLI_FILE]
    return new TestProcess(this.#t, 'ip', [...inside, ...args], environment())
  }

  /** Runs a few lines of JavaScript inside, with `socket` a bound UDP socket, to their end. */
  async script(source: string): Promise<void> {
    const code = `const { createSocket } = require('node:dgram')\n${source}`
    const inside = ['netns', 'exec', this.#name, process.execPath, '-e', code]
    const result = await new TestProcess(this.#t, 'ip', inside, environment()).result
    assert.equal(result.exitCode, 0, result.stderr)
  }

  #ip(...args: string[]): void {
    execFileSync('ip', ['-n', this.#name, ...args])
  }
}

async function startIn(network: Network, ...args: string[]): Promise<TestProcess> {
  const process = network.tickwire('receive', ...args, ...SHARED_FLAGS, '--json')
  await readiness(process)
  return process
}

async function sendIn(network: Network, endpoint: string, count: number): Promise<void> {
  const sender = network.tickwire('send', endpoint, '--count', `${count}`, '--rate', '0', '--json')
  const result = await sender.result
  assert.equal(result.exitCode, 0, result.stderr)
  assert.equal(onlyObject<{ messages: number }>(result).messages, count)
}

/** Sends 20 messages to a group from another source, and then 20 from 10.9.9.1. */
async function sendFromBoth(network: Network, group: string): Promise<void> {
  for (const [address, first] of [
    ['127.0.0.1', 1000],
    ['10.9.9.1', 0],
  ] as const) {
    await network.script(`
      const socket = createSocket('udp4')
      socket.bind(0, '${address}', async () => {
        socket.setMulticastInterface('127.0.0.1')
        for (let i = 0; i < 20; i++) {
          const bytes = Buffer.alloc(29)
          bytes.writeUInt32LE(${first} + i, 16)
          await new Promise((done) => socket.send(bytes, ${PORT}, '${group}', done))
        }
        socket.close()
      })
    `)
  }
}

for (const transport of ['socket', 'portable']) {
  test(`a group is joined on the named interface, ${transport}`, { skip }, async (t) => {
    const network = new Network(t)
    for (const name of ['127.0.0.1', 'lo']) {
      if (transport === 'portable' && name === 'lo') continue
      const endpoint = `udp://239.1.1.1:${PORT}?interface=${name}`
      const receiver = await startIn(
        network,
        ...[endpoint, '--transport', transport, '--count', '1000'],
      )
      await sendIn(network, endpoint, 1000)
      assert.equal((await receiveReport(receiver)).delivered, 1000)
    }
  })
}

test('other groups on the same port are not received', { skip }, async (t) => {
  const network = new Network(t)
  const one = `udp://239.1.1.1:${PORT}?interface=127.0.0.1`
  const two = `udp://239.1.1.2:${PORT}?interface=127.0.0.1`
  const first = await startIn(network, one, '--count', '700')
  const second = await startIn(network, two, '--count', '300')
  await sendIn(network, two, 300)
  await sendIn(network, one, 700)
  const reports = [await receiveReport(first), await receiveReport(second)]
  assert.deepEqual(
    reports.map(({ datagrams }) => datagrams),
    [700, 300],
  )
  assert.deepEqual(
    reports.map(({ ledger }) => ledger.duplicates),
    [0, 0],
  )
})

test('two receivers of one group on one port each get every datagram', { skip }, async (t) => {
  const network = new Network(t)
  const endpoint = `udp://239.1.1.1:${PORT}?interface=127.0.0.1`
  const receivers = [
    await startIn(network, endpoint, '--count', '500'),
    await startIn(network, endpoint, '--count', '500'),
  ]
  await sendIn(network, endpoint, 500)
  for (const receiver of receivers) assert.equal((await receiveReport(receiver)).delivered, 500)
})

for (const transport of ['socket', 'portable']) {
  test(`of a group any host may send to, other sources are counted, ${transport}`, {
    skip,
  }, async (t) => {
    const network = new Network(t)
    const endpoint = `udp://239.1.1.1:${PORT}?interface=127.0.0.1`
    const receiver = await startIn(
      network,
      ...[endpoint, '--allow-source', '10.9.9.1', '--transport', transport, '--count', '20'],
    )
    await sendFromBoth(network, '239.1.1.1')
    const report = await receiveReport(receiver)
    assert.deepEqual([report.delivered, report.ledger.lost.total], [20, 0])
    assert.deepEqual([report.datagrams, report.lines[0]?.otherSources], [40, 20])
  })
}

test('a source filter lets one source through', { skip }, async (t) => {
  const network = new Network(t)
  const endpoint = `udp://232.1.1.1:${PORT}?interface=127.0.0.1&source=10.9.9.1`
  const receiver = await startIn(network, endpoint, '--count', '20')
  await sendFromBoth(network, '232.1.1.1')
  const report = await receiveReport(receiver)
  // The kernel knows the source from the join, and keeps the others back.
  assert.equal(report.lines[0]?.otherSources, null)
  assert.equal(report.datagrams, 20)
  assert.equal(report.delivered, 20)
  assert.equal(report.ledger.lost.total, 0)
})

test('an interface that is not there is an error', { skip }, async (t) => {
  const network = new Network(t)
  for (const name of ['nic9', '10.1.2.3']) {
    const endpoint = `udp://239.1.1.1:${PORT}?interface=${name}`
    const result = await network.tickwire('receive', endpoint).result
    assert.equal(result.exitCode, 1)
    assert.match(result.stderr, /^error TW_NO_SUCH_INTERFACE: /m)
  }
})

test('Two receivers in a group both control the sender, and neither loses anything', {
  skip,
}, async (t) => {
  const network = new Network(t)
  const endpoint = `udp://239.7.7.9:${PORT}?interface=10.9.9.1`
  const count = 3000
  const small = ['--slots', '64', '--when-full', 'drop-newest']
  const start = (workNs: number) =>
    startIn(
      network,
      ...[endpoint, '--flow', 'credit', ...small, '--work-ns', String(workNs)],
      ...['--count', String(count)],
    )
  const receivers = [await start(0), await start(20_000)]
  const sender = network.tickwire(
    ...['send', endpoint, '--flow', 'credit', '--count', `${count}`, '--rate', '0', '--json'],
    // Time for both to show up: the first one starts the sender.
    ...['--start-delay-ms', '300'],
  )
  const result = await sender.result
  assert.equal(result.exitCode, 0, result.stderr)
  const { messages, flow } = onlyObject<SendReport>(result)
  for (const receiver of receivers) {
    const { ledger } = await receiveReport(receiver)
    assert.deepEqual([ledger.delivered, ledger.lost.total], [count, 0])
  }
  assert.deepEqual([messages, flow?.refused], [count, 0])
  // One whose threads get no core for a second is dropped, and joins again.
  const { joined = 0, dropped = Number.NaN } = flow ?? {}
  assert.ok(joined >= 2 && joined - dropped <= 2, `${joined} joined, ${dropped} dropped`)
})
