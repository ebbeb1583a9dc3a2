// What a handler is told live and what it is told of the recording, call by call.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { receive } from '../../src/index.js'
import { writeSample } from '../../src/sample/write-sample.js'
import { captureFile, ethernet, ipv4, udp } from '../capture/capture-builder.js'
import { IEX } from '../kit/captures.js'
import { onlyObject, runTickwire, startReceiver } from './cli.js'
import { rawDatagram } from './datagrams.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'

/** Digests each call in its order: messages by their bytes, books by their levels. */
const DIGESTING = `
import { createHash } from 'node:crypto'
const hash = createHash('sha256')
const counts = { messages: 0, books: 0, gaps: 0 }
const first = []
function note(text) {
  hash.update(text)
  if (first.length < 20) first.push(text)
}
export default {
  onMessage(message, sequence) {
    counts.messages++
    const { bytes, offset, length } = message
    const copy = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('hex')
    note('message ' + sequence + ' ' + message.type + ' ' + copy + ';')
  },
  onBook(book, change, sequence) {
    counts.books++
    const { instrument, bidPrice, bidQuantity, askPrice, askQuantity, state } = book
    note(['book', sequence, instrument, change.kinds, state, bidPrice, bidQuantity, askPrice, askQuantity] + ';')
  },
  onGap(gap) {
    counts.gaps++
    note('gap ' + gap.firstSequence + ' ' + gap.count + ';')
  },
  onStop(report) {
    const { instruments, suspect } = report.books
    write({ counts, first, digest: hash.digest('hex'), books: { instruments, suspect } })
  },
}
`

interface Digest {
  readonly counts: { readonly messages: number; readonly books: number; readonly gaps: number }
}

/** Asserts that a handler is told the same of a file as of its replay over loopback. */
async function assertSameCalls(
  t: TestContext,
  file: string,
  args: readonly string[],
  messages: number,
  speed: string,
): Promise<Digest> {
  const offline = handlerModule(t, DIGESTING)
  const direct = await runTickwire(t, [
    ...['receive', `file:${file}`, ...args, '--books', '--handler', offline.file, '--json'],
  ])
  assert.equal(direct.exitCode, 0, direct.stderr)
  const live = handlerModule(t, DIGESTING)
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', ...args, '--books', '--handler', live.file],
    ...['--count', String(messages), '--idle-exit-ms', '20000', '--json'],
  ])
  const [endpoint = ''] = receiver.endpoints
  const sent = await runTickwire(t, ['replay', file, endpoint, '--speed', speed, '--json'])
  assert.equal(sent.exitCode, 0, sent.stderr)
  const result = await receiver.process.result
  assert.equal(result.exitCode, 0, result.stderr)
  const { ledger } = onlyObject<{ ledger: { lost: { total: number } } }>(result)
  assert.equal(ledger.lost.total, 0)
  assert.deepEqual(live.written<Digest>(), offline.written<Digest>())
  return offline.written<Digest>()
}

for (const [kind, framing] of [
  ['itch50', 'moldudp64'],
  ['deep10', 'iex-tp'],
] as const) {
  test(`a handler is told the same of a sample of ${kind} live and from the file, books included`, async (t) => {
    const file = join(temporaryFolder(t), `${kind}.pcap`)
    const { messages } = await writeSample({
      ...{ kind, file, messages: 4_000, instruments: 10, seed: 5, loss: 0 },
      ...{ line: 'a', overwrite: false },
    })
    const args = ['--framing', framing, '--protocol', kind]
    const { counts } = await assertSameCalls(t, file, args, messages, '0')
    assert.equal(counts.messages, messages)
    assert.ok(counts.books > 1_000, `${counts.books} books`)
  })
}

test('a handler is told the same of the IEX recording live and from the file, books included', {
  skip: IEX.skip,
}, async (t) => {
  const args = ['--framing', 'iex-tp', '--protocol', 'tops16']
  const { counts } = await assertSameCalls(t, IEX.path, args, 57_674, '100')
  assert.equal(counts.messages, 57_674)
})

test('for await has the views of the protocol that the options name, typed by `type`', async (t) => {
  const file = join(temporaryFolder(t), 'levels.pcap')
  await writeSample({
    ...{ kind: 'deep10', file, messages: 500, instruments: 3, seed: 5, loss: 0 },
    ...{ line: 'a', overwrite: false },
  })
  const feed = await receive({ endpoint: file, framing: 'iex-tp', protocol: 'deep10' })
  let prices = 0
  for await (const batch of feed) {
    while (batch.next()) {
      const { message } = batch
      if (message.type === 'priceLevelUpdateBuy') prices += message.price
    }
  }
  assert.ok(prices > 0)
})

for (const whenBehind of ['conflate', 'skip-oldest'] as const) {
  test(`receive of a recording delivers all with ${whenBehind}: nobody is ever behind`, async (t) => {
    const count = 3_000
    const file = join(temporaryFolder(t), 'raw.pcap')
    const records = Array.from({ length: count }, (_, sequence) => ({
      seconds: 1_700_000_000,
      fraction: sequence * 1_000,
      packet: ethernet(ipv4(udp({ payload: rawDatagram(sequence), destinationPort: 9001 }))),
    }))
    writeFileSync(
      file,
      captureFile({ littleEndian: true, nanoseconds: true, linkType: 1 }, records),
    )
    const handler = handlerModule(
      t,
      `const sequences = []
       export default {
         onMessage(message, sequence) { sequences.push(sequence) },
         onSkip(skip) { sequences.push(-skip.count) },
         onStop() { write(sequences) },
       }`,
    )
    const options = whenBehind === 'skip-oldest' ? { behindLimit: 1 } : {}
    const running = await receive({
      ...{ endpoint: file, handler: handler.file, workNs: 5_000, whenBehind, ...options },
    })
    const { ledger } = await running.finished
    assert.deepEqual([ledger.delivered, ledger.skipped, ledger.lost.total], [count, 0, 0])
    assert.deepEqual(
      handler.written<number[]>(),
      Array.from({ length: count }, (_, sequence) => sequence),
    )
  })
}
