import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseFeedUrl } from '../../src/transport/feed-url.js'

function kinds(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => [text, parseFeedUrl(text).kind]))
}

test('a path is a recording, whether it is there or not', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-url-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const there = join(folder, 'day')
  writeFileSync(there, '')
  assert.deepEqual(
    kinds([there, './day', 'a/b', '..\\day', 'day.pcap', 'day.PCAPNG', 'day.pcap.gz', 'S.bin']),
    {
      ...{ [there]: 'file', './day': 'file', 'a/b': 'file', '..\\day': 'file' },
      ...{ 'day.pcap': 'file', 'day.PCAPNG': 'file', 'day.pcap.gz': 'file', 'S.bin': 'file' },
    },
  )
})

test('an address is none, nor is a word', () => {
  const texts = ['udp://day.pcap', '239.1.1.1', '239.1.1.1:9001', 'host:9001', 'word', '[::1]:9001']
  assert.deepEqual(kinds(texts), Object.fromEntries(texts.map((text) => [text, 'udp'])))
})
