import type { EndedBy } from '../foundation/ended-by.js'
import { badOption, TickwireError } from '../foundation/errors.js'
import { nearest } from '../foundation/nearest.js'
import { Warnings } from '../foundation/warnings.js'
import type { CaptureFraming } from '../run/options/capture-options.js'
import { type NatsOptions, natsOptionsOf, refuseNatsOptions } from '../run/options/nats-options.js'
import { parseFeedUrl } from '../transport/feed-url.js'
import { columnsByType } from './columns-by-type.js'
import type { DecodeProgress, DecodeSource, SourceFacts } from './decode-source.js'
import { FeedSource, type FeedSourceOptions } from './feed-source.js'
import { JsonLinesWriter } from './json-lines-writer.js'
import { MessageTally, type TallyCounts } from './message-tally.js'
import { RecordingSource } from './recording-source.js'
import { checkOutput, RowOutputs, type TableShape } from './row-outputs.js'
import { tellsSendTime } from './send-time.js'

/** Limits that only a live feed needs. */
const LIVE_OPTIONS = ['count', 'durationMs', 'idleExitMs', 'firstWithinMs'] as const

/** What to decode, and where rows go; with neither `output` nor `onRows` messages are only counted. */
export interface DecodeOptions
  extends Pick<FeedSourceOptions, (typeof LIVE_OPTIONS)[number] | 'session' | 'signal'>,
    NatsOptions {
  /** A recording (a path, `file:PATH?to=GROUP:PORT`, `file:-`), a live feed, or a stream. */
  readonly endpoint: string
  /** Default: `auto` for a recording and a stream, `raw` for a live feed. */
  readonly framing?: CaptureFraming | undefined
  /** `auto` (default), `none`, a built-in protocol's name, or `sbe:FILE.xml`. */
  readonly protocol?: string | undefined
  /** The day that times of day are of, `YYYY-MM-DD`. Default: the recording's, or today. */
  readonly date?: string | undefined
  /** Only messages of these types, and about these instruments. Default: all. */
  readonly types?: readonly string[] | undefined
  readonly instruments?: readonly string[] | undefined
  /** Rows at most. */
  readonly limit?: number | undefined
  /** Times as ISO texts, in JSON and CSV. */
  readonly pretty?: boolean | undefined
  /** A file whose name says the format: `.jsonl`, `.csv`, `.parquet`; `{type}` stands for the type. */
  readonly output?: string | undefined
  /** Whether a file that is there may be replaced. */
  readonly overwrite?: boolean | undefined
  /** Gets rows as JSON lines, some at a time; a promise is awaited before there are more. */
  readonly onRows?: ((lines: Uint8Array) => void | Promise<void>) | undefined
  /** Told when a live feed is bound: nothing that is sent from then on is too early. */
  readonly onReady?: FeedSourceOptions['onReady']
  readonly onWarning?: ((warning: string) => void) | undefined
}

/** What was decoded. */
export interface DecodeReport extends SourceFacts, TallyCounts {
  readonly command: 'decode'
  readonly protocol: string
  readonly framing: string | null
  readonly elapsedSeconds: number
  readonly endedBy: EndedBy
  readonly warnings: readonly string[]
  /** The files that were written. */
  readonly files: readonly string[]
}

/** A run that ended with an error; what came before is in `report`. */
export class DecodeFailure extends TickwireError {
  readonly report: DecodeReport

  constructor(cause: TickwireError, report: DecodeReport) {
    super(cause.code, cause.what, cause.remedy, { cause: cause.cause ?? cause })
    this.report = report
  }
}

/** As many messages that look alike are no accident. */
const ITCH_ENOUGH = 3

/**
 * Starts to decode an endpoint. Resolves when it is open; of a live feed, with its first message.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_FILE_EXISTS, and what opening the endpoint throws
 */
export async function decode(options: DecodeOptions): Promise<Decoding> {
  const { endpoint, framing, protocol = 'auto', session, date, signal, onReady } = options
  const types = options.types === undefined ? undefined : new Set(options.types)
  // Before anything is opened that somebody may wait for.
  if (options.output !== undefined) checkOutput(options.output, options.overwrite === true, types)
  const url = parseFeedUrl(endpoint)
  const warnings = new Warnings(options.onWarning ?? (() => {}))
  let source: DecodeSource
  if (url.kind === 'file') {
    refuseLive(options)
    refuseNatsOptions(options)
    const shape = { url, framing: framing ?? 'auto', protocol, session, date, signal } as const
    source = await RecordingSource.open(shape)
  } else {
    const { count, durationMs, idleExitMs, firstWithinMs } = options
    const limits = { count, durationMs, idleExitMs, firstWithinMs }
    const onWarning = (warning: string) => warnings.say(warning)
    const how = { url: url.url, framing, protocol, session, date, signal }
    const stream = natsOptionsOf(options)
    source = await FeedSource.open({ ...how, ...limits, ...stream, onReady, onWarning })
  }
  try {
    return new Decoding(source, options, types, warnings)
  } catch (error) {
    await source.close()
    throw error
  }
}

/** An endpoint that is being decoded. For the thread that started it. */
export class Decoding {
  /** Settles with the report; rejects with a {@link DecodeFailure} that has it too. */
  readonly finished: Promise<DecodeReport>
  readonly #source: DecodeSource
  readonly #tally: MessageTally
  readonly #outputs: RowOutputs | undefined
  readonly #lines: RowLines | undefined
  readonly #warnings: Warnings
  /** Whether the protocol was left open. */
  readonly #guesses: boolean
  readonly #startMs = performance.now()

  /** Use {@link decode}. */
  constructor(
    source: DecodeSource,
    options: DecodeOptions,
    types: ReadonlySet<string> | undefined,
    warnings: Warnings,
  ) {
    const { protocol, framing } = source
    if (types !== undefined) checkTypes(types, protocol?.kinds.map((kind) => kind.name) ?? [])
    const shape: TableShape = {
      columnsOf: columnsByType(protocol),
      received: source.received,
      sent: framing !== null && tellsSendTime(framing),
      pretty: options.pretty === true,
      day: source.day,
    }
    const { output, onRows, overwrite = false } = options
    const outputs =
      output === undefined ? undefined : new RowOutputs(output, overwrite, types, shape)
    const lines = onRows === undefined ? undefined : new RowLines(shape, onRows)
    const selection = {
      types,
      instruments: options.instruments === undefined ? undefined : new Set(options.instruments),
      limit: options.limit ?? Number.POSITIVE_INFINITY,
    }
    const writerOf = outputs?.writerOf.bind(outputs) ?? lines?.writerOf
    this.#tally = new MessageTally(protocol?.createViews(), shape.columnsOf, selection, writerOf)
    this.#source = source
    this.#outputs = outputs
    this.#lines = lines
    this.#warnings = warnings
    this.#guesses = (options.protocol ?? 'auto') === 'auto'
    this.finished = this.#run()
    this.finished.catch(() => {})
  }

  /** Messages so far. */
  get messages(): number {
    return this.#tally.messages
  }

  get progress(): DecodeProgress {
    return this.#source.progress
  }

  async #run(): Promise<DecodeReport> {
    const source = this.#source
    try {
      const endedBy = await source.run(this.#tally, () => this.#drained())
      this.#lines?.finish()
      await this.#drained()
      this.#outputs?.finish()
      return this.#report(endedBy)
    } catch (error) {
      this.#outputs?.discard()
      this.#lines?.finish()
      await this.#drained()
      if (!(error instanceof TickwireError)) throw error
      throw new DecodeFailure(error, this.#report('failure'))
    } finally {
      await source.close()
    }
  }

  async #drained(): Promise<void> {
    await this.#lines?.drained()
  }

  #report(endedBy: EndedBy): DecodeReport {
    const source = this.#source
    for (const warning of source.warnings()) this.#warnings.say(warning)
    const { messages, itchLike } = this.#tally
    if (this.#guesses && itchLike >= ITCH_ENOUGH && itchLike === messages) {
      this.#warnings.say(
        'Nothing in this framing names the protocol; all messages have types and lengths of ITCH 5.0. Name it: --protocol itch50',
      )
    }
    return {
      command: 'decode',
      protocol: source.protocol?.name ?? 'none',
      framing: source.framing,
      ...source.facts(),
      ...this.#tally.counts(),
      elapsedSeconds: Math.round(performance.now() - this.#startMs) / 1000,
      endedBy,
      warnings: this.#warnings.all,
      files: endedBy === 'failure' ? [] : (this.#outputs?.paths ?? []),
    }
  }
}

/** Rows as JSON lines for a function, no faster than it takes them. */
class RowLines {
  readonly #writer: JsonLinesWriter
  #taken: void | Promise<void> = undefined

  constructor(shape: TableShape, onRows: NonNullable<DecodeOptions['onRows']>) {
    this.#writer = new JsonLinesWriter(shape.columnsOf, shape, (bytes) => {
      const before = this.#taken
      // What is not yet taken may stay in use: each chunk is of its own.
      this.#taken = before instanceof Promise ? before.then(() => onRows(bytes)) : onRows(bytes)
    })
  }

  readonly writerOf = (): JsonLinesWriter => this.#writer

  finish(): void {
    this.#writer.finish()
  }

  async drained(): Promise<void> {
    const taken = this.#taken
    this.#taken = undefined
    if (taken instanceof Promise) await taken
  }
}

function refuseLive(options: DecodeOptions): void {
  for (const name of LIVE_OPTIONS) {
    if (options[name] === undefined) continue
    throw badOption(
      `${name} is given, and ${options.endpoint} is a recording, which ends by itself`,
      'Leave it out; limit stops after so many rows.',
    )
  }
}

function checkTypes(types: ReadonlySet<string>, known: readonly string[]): void {
  for (const type of types) {
    if (known.includes(type)) continue
    const close = nearest(type, known)
    throw badOption(
      `there is no type "${type}"${known.length === 0 ? ' without a protocol' : ''}`,
      known.length === 0
        ? 'Name the protocol of the messages: --protocol itch50, for example.'
        : `${close === undefined ? '' : `Perhaps ${close}? `}The types are ${known.join(', ')}.`,
    )
  }
}
