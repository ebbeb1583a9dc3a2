import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { receive } from '../../src/index.js'
import { SHARED } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { CLI_FILE, environment, onlyObject, runTickwire } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'

const linux = process.platform === 'linux' ? false : 'files of counters need Linux'
const script =
  spawnSync('script', ['--version']).status === 0 ? linux : 'script (util-linux) is not here'
const ANY = 'udp://127.0.0.1:0'
const ENTER = '\u001b[?1049h'
const LEAVE = '\u001b[?25h\u001b[?1049l'

/** `tickwire top` on a terminal of its own. */
class TopTerminal {
  screen = ''
  readonly #child: ChildProcessWithoutNullStreams
  readonly #pidFile: string

  constructor(t: TestContext, target: string, env: NodeJS.ProcessEnv = {}) {
    this.#pidFile = join(temporaryFolder(t), 'pid')
    const command = `echo $$ > ${this.#pidFile}; exec ${process.execPath} ${CLI_FILE} top ${target}`
    this.#child = spawn('script', ['-qefc', command, '/dev/null'], {
      env: environment({ TERM: 'xterm-256color', SHELL: '/bin/sh', ...env }),
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.screen += text
    })
    t.after(() => this.#child.kill('SIGKILL'))
  }

  get pid(): number {
    return Number(readFileSync(this.#pidFile, 'utf8'))
  }

  press(keys: string): void {
    this.#child.stdin.write(keys)
  }

  async shows(pattern: RegExp): Promise<void> {
    await until(`${pattern} is shown`, () => pattern.test(this.screen)).catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(this.screen.slice(-2000))}`)
    })
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close')
    return this.#child.exitCode
  }
}

async function feedWithMessages(t: TestContext) {
  const file = join(temporaryFolder(t), 'run.counters')
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, counters: file })
  t.after(() => feed.stop().catch(() => {}))
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  await socket.send(rawDatagram(0, 10), port)
  for (let first = 15; first < 315; first += 60) await socket.send(rawDatagram(first, 60), port)
  await until('all has come', () => feed.stats().ledger.lost.network === 5)
  return { file, feed }
}

test('top shows a run on a terminal, obeys keys, and leaves the terminal as it was', {
  skip: script,
}, async (t) => {
  const { file } = await feedWithMessages(t)
  const top = new TopTerminal(t, file)
  await top.shows(/process .*is alive/)
  assert.ok(top.screen.includes(ENTER))
  await top.shows(/310.* delivered of 315/)
  await top.shows(/5 lost: network, 10 to 14/)
  await top.shows(/thread .*handler/)
  top.press('h')
  await top.shows(/next process/)
  top.press('h ')
  await top.shows(/paused: space goes on/)
  top.press(' r')
  await top.shows(/since r .*0 messages/)
  top.press('q')
  assert.equal(await top.ended(), 0)
  assert.ok(top.screen.trimEnd().endsWith(LEAVE), JSON.stringify(top.screen.slice(-80)))
})

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  test(`top leaves the terminal as it was on ${signal}`, { skip: script }, async (t) => {
    const { file } = await feedWithMessages(t)
    const top = new TopTerminal(t, file, { NO_COLOR: '1' })
    await top.shows(/process .*is alive/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with one.
    assert.doesNotMatch(top.screen, /\u001b\[3\dm/, 'no colour')
    process.kill(top.pid, signal)
    await top.ended()
    assert.ok(top.screen.trimEnd().endsWith(LEAVE), JSON.stringify(top.screen.slice(-80)))
  })
}

test('top without a terminal is one plain snapshot, and with --json one object', {
  skip: linux,
}, async (t) => {
  const { file } = await feedWithMessages(t)
  const plain = await runTickwire(t, ['top', file, '--interval-ms', '100'])
  assert.equal(plain.exitCode, 0, plain.stderr)
  assert.match(plain.stdout, /310 delivered of 315/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
  assert.doesNotMatch(plain.stdout, /\u001b/)
  const json = await runTickwire(t, ['top', file, '--interval-ms', '100', '--json'])
  const { command, processes } = onlyObject<{
    command: string
    processes: {
      pid: number
      now: { messagesPerSecond: number }
      threads: { name: string; busyShare: number; collections: number }[]
    }[]
  }>(json)
  assert.equal(command, 'top')
  assert.equal(processes[0]?.pid, process.pid)
  assert.equal(processes[0]?.now.messagesPerSecond, 0)
  const handler = processes[0]?.threads.find(({ name }) => name === 'handler')
  assert.ok(handler !== undefined && handler.busyShare > 0 && handler.collections >= 0)
  const nobody = await runTickwire(t, ['top', `${file}.not`])
  assert.equal(nobody.exitCode, 1)
  assert.match(nobody.stderr, /^error TW_FILE_NOT_FOUND/m)
})

test('the collections of a thread are counted while it runs', { skip: linux }, async (t) => {
  const file = join(temporaryFolder(t), 'run.counters')
  const feed = await receive({
    ...{ ...SHARED, endpoints: ANY, counters: file },
    handler: new URL('./garbage-handler.js', import.meta.url).pathname,
  })
  t.after(() => feed.stop().catch(() => {}))
  const socket = await openSocket(t)
  const port = Number(new URL(feed.endpoints[0] ?? '').port)
  const { readCounters } = await import('../../src/observe/counters-reader.js')
  const collections = () =>
    readCounters(file)?.threads.find(({ name }) => name === 'handler')?.collections ?? 0
  let sequence = 0
  await until('collections are seen', async () => {
    await socket.send(rawDatagram(sequence++), port)
    return collections() > 0
  })
  const seen = collections()
  const report = await feed.stop()
  assert.ok((report.garbageCollections.handler ?? 0) >= seen)
})
