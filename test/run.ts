/**
 * Runs the compiled tests: `npm test`, or `npm test -- ring` for the files whose path has `ring` in it.
 * `npm run prove` is the same with the long proofs in full.
 *
 * Files that only compute run side by side. Files with sockets, threads or processes run one after the
 * other and alone, since hot threads of two files on one machine would only measure each other. Exit
 * code 1 if anything failed; in CI (the variable is set) also if a test was skipped, since a machine
 * that silently lacks something proves nothing.
 */
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
/** No file may take longer: a thread that waits for ever shall fail, not hang. */
const FILE_TIMEOUT_MS = inFull ? 3_600_000 : 300_000
/** What has a machine to itself: sockets, threads and processes, and counts of garbage collections. */
const ALONE = /^(system|stress|native|transport|ring|run)\/|garbage/

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

/** The events of both runs, with the closing lines of both added up at the end. */
async function* allEvents(): AsyncGenerator<RunnerEvent> {
  const counts = new Map<string, number>()
  const alone = paths.filter((path) => ALONE.test(path))
  const sideBySide = paths.filter((path) => !ALONE.test(path))
  for (const [files, concurrency] of [
    [sideBySide, availableParallelism()],
    [alone, 1],
  ] as const) {
    if (files.length === 0) continue
    for await (const event of startRun(files, concurrency)) {
      const count = asCount(event)
      if (count === undefined) yield event
      else counts.set(count.what, (counts.get(count.what) ?? 0) + count.value)
    }
  }
  if (inCi) for (const name of skipped) yield diagnostic(`skipped, which fails in CI: ${name}`)
  for (const [what, value] of counts) yield diagnostic(`${what} ${value}`)
}

function startRun(files: readonly string[], concurrency: number): AsyncIterable<RunnerEvent> {
  const absolute = files.map((path) => join(folder, path))
  const events = run({ files: absolute, concurrency, timeout: FILE_TIMEOUT_MS })
  events.on('test:fail', (outcome: Outcome) => {
    if (outcome.todo === undefined) failures++
  })
  events.on('test:pass', (outcome: Outcome) => {
    // Who names no folder of real captures does without them, in CI too.
    if (outcome.skip !== undefined && outcome.skip !== NO_CAPTURES) skipped.push(describe(outcome))
  })
  return events
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
