// Recipes of the documents, line by line as a reader would type them.
import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { MessageViews } from '../../src/codec/message-dispatch.js'
import { importGenerated } from '../codec/sbe/generated-module.js'
import { codeBlocks } from '../kit/code-blocks.js'
import { CLI_FILE, environment, type ProcessResult, TestProcess } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

/** A reader's folder, in which Tickwire and DuckDB are installed. */
function readersFolder(t: TestContext): string {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(resolve('.'), join(folder, 'node_modules/tickwire'))
  symlinkSync(resolve('node_modules/@duckdb'), join(folder, 'node_modules/@duckdb'))
  cpSync('examples', join(folder, 'examples'), { recursive: true })
  // `npx tickwire …` is what was built.
  const npx = join(folder, 'bin/npx')
  writeFileSync(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${CLI_FILE}' "$@"\n`)
  chmodSync(npx, 0o755)
  return folder
}

async function type(t: TestContext, folder: string, line: string): Promise<ProcessResult> {
  const path = `${join(folder, 'bin')}:${process.env['PATH']}`
  const shell = `cd '${folder}' && ${line}`
  const child = new TestProcess(t, '/bin/sh', ['-c', shell], environment({ PATH: path }))
  const result = await child.result
  assert.equal(result.exitCode, 0, `${line}\n${result.stderr}`)
  return result
}

/** The shell lines of a page, with what continues them. */
function shellLines(page: string): string[] {
  return codeBlocks(page, 'sh').flatMap(({ text }) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line !== ''),
  )
}

interface Quote {
  readonly symbol: string
  readonly bidPrice: number | null
  readonly askPrice: number | null
}

test('docs/decoding.md: each line of the recipe runs, up to the spreads that DuckDB prints', async (t) => {
  const folder = readersFolder(t)
  for (const { file, text } of codeBlocks('docs/decoding.md', 'js')) {
    if (file !== undefined) writeFileSync(join(folder, file), text)
  }
  const printed = new Map<string, string>()
  for (const line of shellLines('docs/decoding.md')) {
    // A live feed that nobody sends, and what is installed already.
    if (line.includes('udp://') || line.startsWith('npm install')) continue
    printed.set(line, (await type(t, folder, line)).stdout)
  }
  assert.ok(printed.size >= 7, [...printed.keys()].join('\n'))

  const all = await type(t, folder, 'npx tickwire decode day.pcap.gz --type quoteUpdate')
  const quotes = new Map<string, number[]>()
  for (const line of all.stdout.trimEnd().split('\n')) {
    const { symbol, bidPrice, askPrice } = JSON.parse(line) as Quote
    if (!bidPrice || !askPrice) continue
    const spreads = quotes.get(symbol) ?? []
    spreads.push(askPrice - bidPrice)
    quotes.set(symbol, spreads)
  }
  const rows = (printed.get('node spread.mjs') ?? '').trimEnd().split('\n')
  assert.equal(rows.length, 5)
  const most = [...quotes.values()].map(({ length }) => length).sort((a, b) => b - a)
  for (const [i, row] of rows.entries()) {
    const [symbol = '', count, spread] = row.split(' ')
    const own = quotes.get(symbol) ?? []
    assert.deepEqual([Number(count), own.length], [most[i], most[i]], row)
    const mean = own.reduce((sum, one) => sum + one, 0) / own.length
    assert.ok(Math.abs(Number(spread) - mean) < 0.0001, `${row}: ${mean}`)
  }
})

test('docs/protocols.md: the lines that generate modules run, and one reads 40 bytes of its user', async (t) => {
  const folder = readersFolder(t)
  const lines = shellLines('docs/protocols.md').filter((line) => line.includes(' generate '))
  assert.equal(lines.length, 2)
  for (const line of lines) await type(t, folder, line)
  const module = await importGenerated(readFileSync(join(folder, 'own-quote.ts'), 'utf8'))
  const { AcmeQuotesViews } = module as { AcmeQuotesViews: new () => MessageViews }
  const views = new AcmeQuotesViews()
  const bytes = new DataView(new ArrayBuffer(40))
  const quote = { type: 'quote', symbol: 'ACME', bidPrice: 9.7, askPrice: 9.8, bidSize: 100 }
  assert.equal(views.encode(quote as never, bytes, 0), 40)
  const { symbol, bidPriceText, bidSize } = views.select(bytes, 0, 40).toObject() as unknown as {
    readonly symbol: string
    readonly bidPriceText: string
    readonly bidSize: number
  }
  assert.deepEqual([symbol, bidPriceText, bidSize], ['ACME', '9.7', 100])
})

test('docs/captures.md and docs/recording.md: what reads and writes recordings runs', async (t) => {
  const folder = readersFolder(t)
  const sample = (kind: string, file: string, more = '') =>
    type(t, folder, `npx tickwire sample ${kind} ${file} --messages 2000 ${more}`)
  await sample('tops16', 'day.pcap.gz')
  await sample('itch50', 'a.pcap', '--loss 0.01')
  await sample('itch50', 'b.pcap', '--line b')
  await sample('itch50', 'old.pcap.gz')
  const lines = ['docs/captures.md', 'docs/recording.md', 'docs/compare.md']
    .flatMap(shellLines)
    .filter(
      (line) =>
        !line.includes('udp://') && !line.includes(' book ') && !line.includes('zst --index'),
    )
  for (const line of lines) await type(t, folder, line.replaceAll(/\b([ab])\.pcap\.gz/g, '$1.pcap'))
  assert.ok(lines.length >= 5, lines.join('\n'))
})
