import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { decode } from '../../src/export/index.js'
import { writeSample } from '../../src/sample/write-sample.js'
import { environment, TestProcess } from './cli.js'
import { temporaryFolder } from './handler-modules.js'

interface Rows {
  quotes: number
  trades: number
  shares: number
  turnover: number
}

test('the example offline-study prints of each instrument what the rows of its recording say', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'day.pcap.gz')
  const { messages } = await writeSample({
    ...{ kind: 'tops16', file, messages: 8_000, instruments: 6, seed: 2, loss: 0 },
    ...{ line: 'a', overwrite: false },
  })
  // Where it finds the package, as its user's program would.
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(resolve('.'), join(folder, 'node_modules/tickwire'))
  writeFileSync(join(folder, 'study.mjs'), readFileSync(resolve('build/examples/offline-study.js')))
  const shell = `cd ${folder} && exec ${process.execPath} study.mjs day.pcap.gz`
  const { exitCode, stdout, stderr } = await new TestProcess(
    t,
    '/bin/sh',
    ['-c', shell],
    environment(),
  ).result
  assert.equal(exitCode, 0, stderr)

  const rows = new Map<string, Rows>()
  let lines = ''
  const decoding = await decode({
    endpoint: file,
    types: ['quoteUpdate', 'tradeReport'],
    onRows: (bytes) => {
      lines += Buffer.from(bytes).toString()
    },
  })
  await decoding.finished
  for (const line of lines.trim().split('\n')) {
    const { type, symbol, size, price } = JSON.parse(line)
    const row = rows.get(symbol) ?? { quotes: 0, trades: 0, shares: 0, turnover: 0 }
    rows.set(symbol, row)
    if (type === 'quoteUpdate') row.quotes++
    else {
      row.trades++
      row.shares += size
      row.turnover += size * price
    }
  }
  assert.ok(rows.size > 1)
  for (const [symbol, { quotes, trades, shares, turnover }] of rows) {
    const line = stdout.split('\n').find((one) => one.includes(`${symbol} `)) ?? ''
    const cells = line.split('│').map((one) => one.trim().replaceAll("'", ''))
    assert.deepEqual(cells.slice(2, 4), [String(quotes), String(trades)], stdout)
    assert.equal(cells[6], (turnover / shares).toFixed(4))
    assert.ok(Number(cells[4]) > 0, `spread of ${symbol}: ${cells[4]}`)
    assert.ok(Math.abs(Number(cells[5])) < 1, `imbalance of ${symbol}: ${cells[5]}`)
  }
  assert.ok(stdout.endsWith(`${messages} messages of ${rows.size} instruments, 0 lost\n`), stdout)
})
