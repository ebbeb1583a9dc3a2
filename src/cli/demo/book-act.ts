import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replay } from '../../replay/replay.js'
import type { Feed } from '../../run/feed/feed.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import type { ReceiveOptions } from '../../run/options/receive-options.js'
import { receive } from '../../run/receive.js'
import { type SampleLine, type SampleReport, writeSample } from '../../sample/write-sample.js'

const ANY_ENDPOINT = 'udp://127.0.0.1:0'
const SEED = 7
/** The part of the datagrams that each line lacks. */
const LOSS = 0.05
/** How long an answer may take at most; nobody waits longer than it does. */
const RECOVER_WAIT_MS = 5000
/** After the last datagram, this long until a run whose tail was lost counts as over. */
const IDLE_EXIT_MS = 3000
/** Nothing waits for ever. */
const FIRST_WITHIN_MS = 20_000
/** How long can be asked for what was lost: until the act is over. */
const LINGER_MS = 60_000
const ITCH = { framing: 'moldudp64', protocol: 'itch50' } as const

/** The book that is shown. */
export const SHOWN_SYMBOL = 'TWA'

/** How much the act does. */
export interface BookActScale {
  readonly messages: number
  readonly instruments: number
  /** How much faster than recorded, which is some 1,300 messages per second. */
  readonly speed: number
}

/** A feed at the end of the act. */
export interface BookActFeed {
  readonly received: ReceiveReport
  /** Whether all its books are what the publisher's are. */
  readonly equal: boolean
}

/** What the act found out. */
export interface BookActReport {
  readonly messages: number
  /** The hash of all books at the end of the day, from the whole recording. */
  readonly truth: string
  /** Datagrams that never were on each line. */
  readonly datagramsLost: readonly number[]
  /** Both lines, and what both lack is asked for again. */
  readonly recovering: BookActFeed
  /** The first line alone, without anybody to ask. */
  readonly alone: BookActFeed
}

/** Both feeds while they run. */
export interface BookActFeeds {
  readonly recovering: Feed
  readonly alone: Feed
}

/** Shows two feeds until a promise settles. */
export type BookActAudience = (feeds: BookActFeeds, finished: Promise<unknown>) => Promise<unknown>

/**
 * A made-up day of an exchange, in ITCH 5.0 over UDP: two lines that lose, read with recovery, and the first
 * one alone, read without. Both feeds build all books live.
 */
export async function playBooks(
  scale: BookActScale,
  audience: BookActAudience,
): Promise<BookActReport> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-demo-'))
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    return await new BookAct(folder, scale, closers).play(audience)
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => {})
  }
}

class BookAct {
  readonly #folder: string
  readonly #scale: BookActScale
  readonly #closers: (() => unknown)[]

  constructor(folder: string, scale: BookActScale, closers: (() => unknown)[]) {
    this.#folder = folder
    this.#scale = scale
    this.#closers = closers
  }

  async play(audience: BookActAudience): Promise<BookActReport> {
    const whole = await this.#record('whole', 'a', 0)
    const lineA = await this.#record('a', 'a', LOSS)
    const lineB = await this.#record('b', 'b', LOSS)
    const reading = await receive({
      ...{ endpoints: `file:${whole.file}`, ...ITCH, books: true, handler: null },
    })
    const truth = (await reading.finished).books?.allHash ?? ''
    const recover = await this.#serve(whole.file)
    const { messages } = whole
    const recovering = await this.#listen(2, {
      ...{ recover, recoverWaitMs: RECOVER_WAIT_MS, count: messages },
    })
    const alone = await this.#listen(1, { count: messages })
    const [a = '', b = ''] = recovering.endpoints
    const [c = ''] = alone.endpoints
    await Promise.all([
      this.#send(lineB.file, b),
      this.#send(lineA.file, a),
      this.#send(lineA.file, c),
    ])
    const finished = Promise.all([recovering.finished, alone.finished])
    await audience({ recovering, alone }, finished)
    const [healed, hurt] = await finished
    const feed = (received: ReceiveReport) => {
      return { received, equal: received.books?.allHash === truth }
    }
    return {
      ...{ messages, truth },
      datagramsLost: [lineA.datagramsLeftOut, lineB.datagramsLeftOut],
      ...{ recovering: feed(healed), alone: feed(hurt) },
    }
  }

  #record(name: string, line: SampleLine, loss: number): Promise<SampleReport> {
    const { messages, instruments } = this.#scale
    const file = join(this.#folder, `${name}.pcap`)
    const market = { kind: 'itch50', messages, instruments, seed: SEED } as const
    return writeSample({ ...market, file, line, loss, overwrite: false })
  }

  /** Keeps all messages for whoever asks; they go to nobody from there. @returns where to ask */
  async #serve(file: string): Promise<string> {
    const nobody = createSocket('udp4').bind(0, '127.0.0.1')
    await once(nobody, 'listening')
    this.#closers.push(() => nobody.close())
    const serving = await replay({
      ...{ file, endpoint: nobody.address().port, speed: 0, framing: ITCH.framing, cpu: null },
      ...{ retransmit: ANY_ENDPOINT, lingerMs: LINGER_MS },
    })
    this.#closers.push(() => serving.stop())
    return serving.retransmitEndpoint ?? ''
  }

  async #listen(lines: number, more: ReceiveOptions): Promise<Feed> {
    const feed = (await receive({
      ...{ endpoints: Array.from({ length: lines }, () => ANY_ENDPOINT), ...ITCH, handler: null },
      ...{ publishTop: SHOWN_SYMBOL, handlerThread: 'inline', cpu: null },
      ...{ idleExitMs: IDLE_EXIT_MS, firstWithinMs: FIRST_WITHIN_MS },
      // It is not the line's fault that nobody sends before both feeds listen.
      ...{ staleMs: FIRST_WITHIN_MS, ...more },
    })) as Feed
    this.#closers.push(() => feed.stop())
    return feed
  }

  async #send(file: string, endpoint: string): Promise<void> {
    const { speed } = this.#scale
    const sending = await replay({ file, endpoint, speed, cpu: null })
    this.#closers.push(() => sending.stop())
  }
}
