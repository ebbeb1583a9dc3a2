/**
 * Runs the compiled tests: `npm test`, or `npm test -- ring` for the files whose path has `ring` in it.
 * `npm run prove` is the same with the long proofs in full.
 *
 * Files run side by side, each in a network namespace of its own, so that ports, the kernel's counters and
 * claims of CPUs are not shared; without the right to make one, files with sockets, threads or processes run
 * one after the other. Files that measure run alone at the end, since hot threads of two files on one machine
 * would only measure each other. Exit code 1 if anything failed; in CI (the variable is set) also if a test was
 * skipped, since a machine that silently lacks something proves nothing.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { NO_CAPTURES } from './kit/captures.js'

const PROVE = '--prove'
const inFull = process.argv.includes(PROVE)
/** Read by `proof()` in the files' own processes. */
if (inFull) process.env['TICKWIRE_PROVE'] = '1'
/** No file may take longer, on a busy machine either: a thread that waits for ever shall fail, not hang. */
const FILE_TIMEOUT_MS = inFull ? 3_600_000 : 900_000
/** What has the machine to itself: measurements, and counts of garbage collections. */
const ALONE = /^stress\/|^system\/(bench|lab|tune-live)\b|garbage/
/** What needs a network to itself: sockets, threads and processes. */
const WITH_SOCKETS = /^(system|native|transport|ring|run)\//
/** What takes long begins first, so that no core has nothing to do while the last file runs. */
const LONG =
  /^(bridge\/(access|books|faults|last-tops|outages|shards|watching|bridge)|simulation\/simulation|system\/(behind|accounting|book-index|counters|dashboard|demo|faults|flow|doctor|doctor-remedies|endings|decode|allowed-sources|receive-send|recovery|record))\./
/** One more than there are cores: a file waits at times, for a process that begins or for time to pass. */
const AT_A_TIME = availableParallelism() + 1
/** Makes a network namespace with a working loopback, and runs what follows in it. */
const NAMESPACE = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"']

type RunnerEvent = ReturnType<typeof run> extends AsyncIterable<infer E> ? E : never

interface Outcome {
  readonly name: string
  readonly file?: string | undefined
  readonly skip?: string | boolean | undefined
  readonly todo?: string | boolean | undefined
}

/** One of the runner's closing lines: what it counts, and how many. */
interface Count {
  readonly what: string
  readonly value: number
}

const folder = import.meta.dirname
const filters = process.argv.slice(2).filter((argument) => argument !== PROVE)
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .sort()
  .sort((a, b) => Number(LONG.test(b)) - Number(LONG.test(a)))

if (paths.length === 0) {
  console.error(`error: no test file of ${folder} has ${filters.join(' or ')} in its path`)
  process.exit(1)
}

const inCi = Boolean(process.env['CI'])
const skipped: string[] = []
let failures = 0

const reporter = Readable.from(allEvents()).pipe(new spec())
reporter.on('end', () => {
  if (failures > 0 || (inCi && skipped.length > 0)) process.exitCode = 1
})
reporter.pipe(process.stdout)

/** The events of all files, with the closing lines of all added up at the end. */
async function* allEvents(): AsyncGenerator<RunnerEvent> {
  const counts = new Map<string, number>()
  const began = performance.now()
  const alone = paths.filter((path) => ALONE.test(path))
  const together = paths.filter((path) => !ALONE.test(path))
  const namespaces = spawnSync(NAMESPACE[0] ?? '', [...NAMESPACE.slice(1), 'true']).status === 0
  const sideBySide = namespaces
    ? [runInNamespaces(together)]
    : [
        startRun(
          together.filter((path) => !WITH_SOCKETS.test(path)),
          AT_A_TIME,
        ),
        startRun(
          together.filter((path) => WITH_SOCKETS.test(path)),
          1,
        ),
      ]
  for (const events of [...sideBySide, startRun(alone, 1)]) {
    for await (const event of events) {
      const count = asCount(event)
      if (count === undefined) yield event
      else counts.set(count.what, (counts.get(count.what) ?? 0) + count.value)
    }
  }
  counts.set('duration_ms', Math.round(performance.now() - began))
  if (inCi) for (const name of skipped) yield diagnostic(`skipped, which fails in CI: ${name}`)
  for (const [what, value] of counts) yield diagnostic(`${what} ${value}`)
}

async function* startRun(files: readonly string[], concurrency: number) {
  if (files.length === 0) return
  const absolute = files.map((path) => join(folder, path))
  for await (const event of run({ files: absolute, concurrency, timeout: FILE_TIMEOUT_MS })) {
    note(event)
    yield event
  }
}

/** Gives each file's events when the file is over. */
async function* runInNamespaces(files: readonly string[]): AsyncGenerator<RunnerEvent> {
  const waiting = [...files]
  const running = new Map<string, Promise<{ path: string; events: RunnerEvent[] }>>()
  const startNext = () => {
    const path = waiting.shift()
    if (path !== undefined) running.set(path, runInNamespace(path))
  }
  for (let i = 0; i < AT_A_TIME; i++) startNext()
  while (running.size > 0) {
    const { path, events } = await Promise.race(running.values())
    running.delete(path)
    startNext()
    for (const event of events) {
      note(event)
      yield event
    }
  }
}

async function runInNamespace(path: string): Promise<{ path: string; events: RunnerEvent[] }> {
  const [command = '', ...inNamespace] = NAMESPACE
  const script = join(folder, 'run-file.js')
  const args = [process.execPath, script, join(folder, path), String(FILE_TIMEOUT_MS)]
  const child = spawn(command, [...inNamespace, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const events: RunnerEvent[] = []
  child.on('message', (event) => events.push(withError(event as RunnerEvent)))
  await once(child, 'close')
  // A process that died on the way has told no closing counts.
  if (child.exitCode !== 0 || !events.some((event) => asCount(event) !== undefined)) {
    failures++
    events.push(
      diagnostic(`${path} ended with ${child.exitCode ?? child.signalCode}, without a count`),
    )
  }
  return { path, events }
}

/** Makes an error again of the text that run-file.ts sent, for the reporter. */
function withError(event: RunnerEvent): RunnerEvent {
  const { details } = event.data as { details?: { error?: { stack: string } } }
  if (details?.error !== undefined) {
    const { stack } = details.error
    Object.assign(details, { error: Object.assign(new Error(), { stack }) })
  }
  return event
}

/** Keeps what decides on the exit code. */
function note({ type, data }: RunnerEvent): void {
  const outcome = data as Outcome
  if (type === 'test:fail' && outcome.todo === undefined) failures++
  // Who names no folder of real captures does without them, in CI too.
  const isSkip = type === 'test:pass' && outcome.skip !== undefined
  if (isSkip && outcome.skip !== NO_CAPTURES) skipped.push(describe(outcome))
}

function asCount(event: RunnerEvent): Count | undefined {
  const { type, data } = event as { type: string; data: { nesting?: number; message?: string } }
  if (type !== 'test:diagnostic' || data.nesting !== 0) return undefined
  const found = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(
    data.message ?? '',
  )
  const [, what, value] = found ?? []
  return what === undefined ? undefined : { what, value: Number(value) }
}

function diagnostic(message: string): RunnerEvent {
  const event = { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } }
  return event as RunnerEvent
}

function describe({ name, file, skip }: Outcome): string {
  const reason = typeof skip === 'string' && skip !== '' ? `: ${skip}` : ''
  return `${name} (${file === undefined ? 'unknown file' : relative(folder, file)})${reason}`
}
