import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { receive } from '../../src/index.js'
import { writeSample } from '../../src/sample/write-sample.js'
import type { TestSocket } from '../system/datagrams.js'
import { temporaryFolder } from '../system/handler-modules.js'

/** How the feeds of made-up markets that have books are framed. */
export const SAMPLE_FRAMINGS = {
  itch50: 'moldudp64',
  deep10: 'iex-tp',
  deepplus10: 'iex-tp',
  tops16: 'iex-tp',
} as const
export type SampleKind = keyof typeof SAMPLE_FRAMINGS

export interface SampleChoice {
  readonly messages?: number
  readonly seed?: number
  readonly loss?: number
}

/** A recording of a made-up market with eight instruments. */
export async function sampled(
  t: TestContext,
  kind: SampleKind,
  { messages = 3000, seed = 5, loss = 0 }: SampleChoice = {},
): Promise<string> {
  const file = join(temporaryFolder(t), `${kind}.pcap`)
  await writeSample({
    ...{ kind, file, messages, instruments: 8, seed, loss },
    ...{ line: 'a', overwrite: false },
  })
  return file
}

const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const LENGTH_AT = 8
/** Ethernet, IPv4 and UDP. */
const HEADERS_BYTES = 14 + 20 + 8

/** What its packets carry. */
export function datagramsOf(file: string): Buffer[] {
  const bytes = readFileSync(file)
  const datagrams: Buffer[] = []
  for (let at = FILE_HEADER_BYTES; at < bytes.length; ) {
    const packet = at + RECORD_HEADER_BYTES
    const end = packet + bytes.readUInt32LE(at + LENGTH_AT)
    datagrams.push(bytes.subarray(packet + HEADERS_BYTES, end))
    at = end
  }
  return datagrams
}

/** Sends datagrams one behind the other, slowly enough for a machine with something else to do. */
export async function sendAll(
  socket: TestSocket,
  port: number,
  datagrams: readonly Uint8Array[],
): Promise<void> {
  for (const [i, datagram] of datagrams.entries()) {
    await socket.send(datagram, port)
    if (i % 4 === 0) await sleep(1)
  }
}

/** The top of each book, without what depends on when somebody looked. */
export type Tops = Readonly<Record<string, unknown>>

/** What `onTop` is told of a book, as far as the same book tells it elsewhere. */
export const topFields = (top: {
  readonly state: string
  readonly bidPrice: number | null
  readonly bidQuantity: number
  readonly askPrice: number | null
  readonly askQuantity: number
  readonly lastPrice: number | null
  readonly lastQuantity: number
}) => ({
  ...{ state: top.state, bid: [top.bidPrice, top.bidQuantity] },
  ...{ ask: [top.askPrice, top.askQuantity], last: [top.lastPrice, top.lastQuantity] },
})

/** The tops that a recording ends with, and the hash over all books. */
export async function booksOf(
  file: string,
  kind: SampleKind,
): Promise<{ readonly tops: Tops; readonly allHash: string; readonly messages: number }> {
  const framing = SAMPLE_FRAMINGS[kind]
  const feed = await receive({ endpoint: `file:${file}`, framing, protocol: kind, books: true })
  for await (const batch of feed) while (batch.next());
  const orNull = (price: number) => (Number.isNaN(price) ? null : price)
  const tops = Object.fromEntries(
    Array.from({ length: feed.books.instrumentCount }, (_, index) => {
      const book = feed.books.at(index)
      const last = book.lastTrade
      const fields = topFields({
        ...{ state: book.state, bidPrice: orNull(book.bidPrice), bidQuantity: book.bidQuantity },
        ...{ askPrice: orNull(book.askPrice), askQuantity: book.askQuantity },
        ...{ lastPrice: last?.price ?? null, lastQuantity: last?.quantity ?? 0 },
      })
      return [book.instrument, fields]
    }).filter(([instrument]) => instrument !== ''),
  )
  const { delivered } = feed.stats()
  return { tops, allHash: feed.books.allHash, messages: delivered }
}
