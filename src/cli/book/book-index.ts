import { statSync } from 'node:fs'
import { deflateSync, inflateSync } from 'node:zlib'
import type { BookProtocol } from '../../book/index.js'
import {
  CaptureIndex,
  type IndexCheckpoint,
  type IndexedBooks,
  type IndexPlace,
  indexWithBooks,
} from '../../capture/capture-index.js'
import type { CaptureReader } from '../../capture/capture-reader.js'
import { TickwireError } from '../../foundation/errors.js'
import { OutputFile } from '../../foundation/output-file.js'
import { parseFeedUrl } from '../../transport/feed-url.js'
import type { BookFeed, BookResume } from './book-feed.js'
import type { Moment } from './moment.js'

/** Between two checkpoints lie so many unpacked bytes at least, and many times what one takes. */
const SPACING = { bytes: 16 * 2 ** 20, blobs: 16 }
/** Light: there are many of them, and most of the memory of books is empty. */
const LEVEL = 1
const NS_PER_SECOND = 1_000_000_000n

/** What became of an index. */
export interface IndexReport {
  readonly file: string
  readonly bytes: number
  readonly places: number
  readonly checkpoints: number
}

/**
 * Reads a recording to its end and writes its index, with the books as of many places.
 *
 * @param path of the recording that the feed reads
 * @throws {TickwireError} TW_NOT_SUPPORTED for a recording that cannot be begun in its midst
 */
export async function writeBookIndex(
  feed: BookFeed,
  path: string,
  options: { readonly session: string | undefined; readonly to: string | undefined },
  spacing = SPACING,
): Promise<IndexReport> {
  const reader = feed.reading
  if (reader === undefined) throw cannotIndex(path, 'is no file')
  const places = placesOf(path, reader)
  const checkpoints: IndexCheckpoint[] = []
  const blobs: Uint8Array[] = []
  const { head, packing } = reader
  const fileBytes = statSync(path).size
  let blobAt = 0
  let next = spacing.bytes
  let packets = 0
  let firstNs = ''
  while (await feed.wait()) {
    const { recordOffset } = reader
    // Of a packet with several datagrams only the first one is at its beginning.
    const atPacket = reader.packets !== packets
    packets = reader.packets
    if (recordOffset >= next && atPacket && feed.isAtCheckpoint && feed.messages > 0) {
      const place = placeAt(places, recordOffset)
      if (place !== undefined) {
        const blob = deflateSync(feed.books.save(), { level: LEVEL })
        checkpoints.push({
          ...{ at: place.at, skip: place.skip, packets: packets - 1 },
          latestNs: String(feed.unixNs(feed.latestNs)),
          lastNs: String(feed.unixNs(feed.lastNs)),
          ...{ messages: feed.messages, sequence: feed.books.lastSequence },
          run: feed.run,
          ...{ blobAt, blobBytes: blob.length },
        })
        blobs.push(blob)
        blobAt += blob.length
        next = recordOffset + Math.max(spacing.bytes, spacing.blobs * blob.length)
      }
    }
    if (firstNs === '') firstNs = String(reader.unixNs())
    while (feed.next()) feed.apply()
  }
  if (reader.headers > 1) throw cannotIndex(path, 'is several recordings, one behind the other')
  const books: IndexedBooks = {
    framing: feed.stats().framing,
    protocol: feed.books.protocol,
    session: options.session ?? null,
    to: options.to ?? null,
    epochSeconds: feed.epochSeconds,
    firstNs,
    lastRun: feed.run,
    fileBytes,
  }
  const content = indexWithBooks(packing, head, books, places ?? [], checkpoints, blobs)
  const file = new OutputFile(`${path}.index`)
  file.write(content)
  const { length: bytes } = content
  return {
    file: file.path,
    bytes,
    places: places?.length ?? 0,
    checkpoints: checkpoints.length,
  }
}

/** What options have to be the same for books of an index to be of use. */
export interface BookChoice {
  readonly protocol: string
  readonly framing: string | undefined
  readonly session: string | undefined
  readonly date: string | undefined
}

/**
 * Where to go on reading a recording for the books as of a moment, or as of a sequence of the publisher's last
 * run: the last checkpoint before it. Undefined: at the beginning, for want of an index that fits, or of a
 * checkpoint before.
 */
export function resumeAt(
  endpoint: string,
  asOf: Moment | number,
  choice: BookChoice,
): (BookResume & { readonly checkpoint: IndexCheckpoint }) | undefined {
  const url = parseFeedUrl(endpoint)
  if (url.kind !== 'file' || choice.date !== undefined) return undefined
  const index = CaptureIndex.beside(url.path)
  const books = index?.books
  if (index === undefined || books === undefined || !index.fits(url.path)) return undefined
  const same =
    (choice.protocol === 'auto' || choice.protocol === books.protocol) &&
    [undefined, 'auto', books.framing].includes(choice.framing) &&
    (choice.session ?? null) === books.session &&
    (url.to ?? null) === books.to
  if (!same || books.firstNs === '') return undefined
  const checkpoint = index.checkpoints.findLast(isBefore(asOf, books))
  if (checkpoint === undefined) return undefined
  const { at, skip, messages, lastNs } = checkpoint
  const { epochSeconds } = books
  return {
    checkpoint,
    place: { at, skip, head: index.head },
    epochSeconds,
    protocol: books.protocol as BookProtocol,
    state: inflateSync(index.blob(checkpoint)),
    messages,
    lastNs: Number(BigInt(lastNs) - BigInt(epochSeconds) * NS_PER_SECOND),
  }
}

function isBefore(asOf: Moment | number, books: IndexedBooks): (one: IndexCheckpoint) => boolean {
  if (typeof asOf === 'number') {
    return ({ run, sequence }) => run === books.lastRun && sequence <= asOf
  }
  const atNs = asOf.unixNs(BigInt(books.firstNs))
  return ({ latestNs }) => BigInt(latestNs) <= atNs
}

/** Where a recording can be begun: undefined where it can be anywhere. */
function placesOf(path: string, reader: CaptureReader): readonly IndexPlace[] | undefined {
  if (reader.format === 'binaryfile') {
    throw new TickwireError(
      'TW_NOT_SUPPORTED',
      `${path} is a BinaryFILE, whose messages have no sequence but by their number`,
      'It is read from its beginning each time.',
    )
  }
  if (reader.format !== 'pcap') throw cannotIndex(path, `is a ${reader.format}`)
  if (reader.packing === 'none') return undefined
  const index = CaptureIndex.beside(path)
  const fits = index?.packing === reader.packing && index.places.length > 0
  if (index === undefined || !fits) throw cannotIndex(path, `is packed with ${reader.packing}`)
  return index.places
}

function placeAt(places: readonly IndexPlace[] | undefined, recordOffset: number) {
  if (places === undefined) return { at: recordOffset, skip: 0 }
  const place = places.findLast(({ unpacked }) => unpacked <= recordOffset)
  return place === undefined ? undefined : { at: place.at, skip: recordOffset - place.unpacked }
}

function cannotIndex(path: string, why: string): TickwireError {
  return new TickwireError(
    'TW_NOT_SUPPORTED',
    `${path} cannot be begun in its midst: it ${why}, and was not written by tickwire record`,
    `Write it anew: tickwire record NEW.pcap.gz file:${path}; then tickwire decode NEW.pcap.gz --index.`,
  )
}
