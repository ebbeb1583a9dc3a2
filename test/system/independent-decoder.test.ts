// Every message and every field, decoded by two programs that share nothing.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type SampleKind, writeSample } from '../../src/sample/write-sample.js'
import { IEX, NASDAQ } from '../kit/captures.js'
import { CLI_FILE, environment } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const PYTHON = 'python3'
const DECODER = 'test/export/independent_decoder.py'
const OUTPUT_BYTES = 2 ** 28
const MESSAGES = 5_000

const skip = spawnSync(PYTHON, ['--version']).status === 0 ? false : 'python3 is not here'

function run(command: string, args: readonly string[]): string[] {
  const options = { env: environment(), maxBuffer: OUTPUT_BYTES, encoding: 'utf8' } as const
  return execFileSync(command, args, options).trimEnd().split('\n')
}

/** Compares what both make of a recording, and gives the rows. */
function compare(path: string, protocol: string): string[] {
  const ours = run(process.execPath, [CLI_FILE, 'decode', path, '--protocol', protocol])
  const theirs = run(PYTHON, [DECODER, path, protocol])
  // Line by line, so that a difference is told with its place.
  ours.forEach((line, i) => {
    assert.equal(line, theirs[i], `row ${i}`)
  })
  assert.equal(ours.length, theirs.length)
  return ours
}

async function sample(t: TestContext, kind: SampleKind): Promise<string> {
  const file = join(temporaryFolder(t), 'day.pcap.gz')
  const rest = { instruments: 20, seed: 3, loss: 0, line: 'a', overwrite: false } as const
  await writeSample({ kind, file, messages: MESSAGES, ...rest })
  return file
}

for (const kind of ['itch50', 'tops16', 'deep10', 'deepplus10'] as const) {
  test(`decode of ${kind} and a decoder in Python agree on every field`, { skip }, async (t) => {
    const rows = compare(await sample(t, kind), kind)
    assert.ok(rows.length >= MESSAGES)
    const types = new Set(rows.map((row) => (JSON.parse(row) as { type: string }).type))
    assert.ok(types.size >= 8, [...types].join())
  })
}

test('decode of a day of IEX and a decoder in Python agree on every field', {
  skip: IEX.skip || skip,
}, () => {
  assert.equal(compare(IEX.path, 'tops16').length, 57_674)
})

test('decode of two datagrams of NASDAQ and a decoder in Python agree on every field', {
  skip: NASDAQ.skip || skip,
}, () => {
  assert.equal(compare(NASDAQ.path, 'itch50').length, 39)
})
