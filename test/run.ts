/**
 * Runs the compiled tests: `npm test`, or `npm test -- ring` for the files whose path has `ring` in it.
 *
 * One file after the other, since hot threads of two files on one machine would only measure each
 * other. Exit code 1 if anything failed; in CI (the variable is set) also if a test was skipped, since
 * a machine that silently lacks something proves nothing.
 */
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/** No file may take longer: a thread that waits for ever shall fail, not hang. */
const FILE_TIMEOUT_MS = 300_000

type RunnerEvent = ReturnType<typeof run> extends AsyncIterable<infer E> ? E : never

interface Outcome {
  readonly name: string
  readonly file?: string | undefined
  readonly skip?: string | boolean | undefined
  readonly todo?: string | boolean | undefined
}

const folder = import.meta.dirname
const filters = process.argv.slice(2)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .sort()
  .map((path) => join(folder, path))

if (files.length === 0) {
  console.error(`error: no test file of ${folder} has ${filters.join(' or ')} in its path`)
  process.exit(1)
}

const inCi = Boolean(process.env['CI'])
const skipped: string[] = []
let failures = 0

const events = run({ files, concurrency: 1, timeout: FILE_TIMEOUT_MS })
events.on('test:fail', (outcome: Outcome) => {
  if (outcome.todo === undefined) failures++
})
events.on('test:pass', (outcome: Outcome) => {
  if (outcome.skip !== undefined) skipped.push(describe(outcome))
})
const reporter = Readable.from(namingSkipped(events)).pipe(new spec())
reporter.on('end', () => {
  if (failures > 0 || (inCi && skipped.length > 0)) process.exitCode = 1
})
reporter.pipe(process.stdout)

/** Puts a line for each skipped test before the runner's summary, where CI takes it as a failure. */
async function* namingSkipped(source: AsyncIterable<RunnerEvent>) {
  let summarized = false
  for await (const event of source) {
    if (!summarized && inCi && isSummary(event)) {
      summarized = true
      for (const name of skipped) yield diagnostic(`skipped, which fails in CI: ${name}`)
    }
    yield event
  }
}

function isSummary(event: RunnerEvent): boolean {
  const { type, data } = event as { type: string; data: { nesting?: number; message?: string } }
  return type === 'test:diagnostic' && data.nesting === 0 && /^tests \d/.test(data.message ?? '')
}

function diagnostic(message: string) {
  return { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } }
}

function describe({ name, file, skip }: Outcome): string {
  const reason = typeof skip === 'string' && skip !== '' ? `: ${skip}` : ''
  return `${name} (${file === undefined ? 'unknown file' : relative(folder, file)})${reason}`
}
