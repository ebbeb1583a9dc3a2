import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { onlyObject, runTickwire } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

const SCHEMA = 'examples/acme-venue.xml'

test('generate writes a module to a file, and over its own earlier one', async (t) => {
  const out = join(temporaryFolder(t), 'acme.ts')
  for (const _ of ['first', 'second']) {
    const result = await runTickwire(t, ['generate', SCHEMA, '--out', out, '--json'])
    assert.equal(result.exitCode, 0, result.stderr)
    const lines = readFileSync(out, 'utf8').split('\n').length - 1
    assert.deepEqual(onlyObject(result), {
      ...{ command: 'generate', schema: SCHEMA, out, lines },
      endedBy: 'end-of-file',
    })
  }
  assert.match(readFileSync(out, 'utf8'), /export class TradeView extends MessageView/)
})

test('generate writes to standard output, and nothing else there', async (t) => {
  const result = await runTickwire(t, ['generate', 'examples/own-quote.json'])
  assert.equal(result.exitCode, 0, result.stderr)
  assert.match(result.stdout, /^\/\*\*\n \* Views of the messages of quotes/)
  assert.match(result.stdout, /export class QuoteView extends MessageView/)
  assert.equal(result.stderr, '')
})

test('generate leaves a file alone that somebody else wrote, unless it is told', async (t) => {
  const out = join(temporaryFolder(t), 'mine.ts')
  writeFileSync(out, 'mine\n')
  const refused = await runTickwire(t, ['generate', SCHEMA, '--out', out])
  assert.equal(refused.exitCode, 2)
  assert.match(refused.stderr, /error TW_BAD_OPTION: .*mine\.ts is there/)
  assert.equal(readFileSync(out, 'utf8'), 'mine\n')
  assert.equal((await runTickwire(t, ['generate', SCHEMA, '--out', out, '-f'])).exitCode, 0)
})

test('generate says where a schema is wrong', async (t) => {
  const path = join(temporaryFolder(t), 'feed.xml')
  writeFileSync(
    path,
    readFileSync(SCHEMA, 'utf8').replace(
      'type="Price9"/>\n    <field',
      'type="Prcie"/>\n    <field',
    ),
  )
  const result = await runTickwire(t, ['generate', path])
  assert.equal(result.exitCode, 1)
  assert.match(
    result.stderr,
    /error TW_BAD_SCHEMA: .*feed\.xml, line \d+: there is no type "Prcie"/,
  )
})
