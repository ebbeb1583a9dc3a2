import { once } from 'node:events'
import { type DecodeReport, Decoder, tellsSendTime } from '../export/decoder.js'
import { JsonLinesWriter } from '../export/json-lines-writer.js'
import { openRecording, type Recording } from '../export/open-decoder.js'
import { RowOutputs, type TableShape } from '../export/row-outputs.js'
import { badOption, TickwireError } from '../foundation/errors.js'
import { nearest } from '../foundation/nearest.js'
import { formatBytes, formatCount, formatRate } from '../observe/format.js'
import type { LiveSource } from '../observe/live-display.js'
import { parseFeedUrl } from '../transport/feed-url.js'
import type { Flags } from './command.js'
import { DECODE_FLAGS } from './decode-flags.js'
import { type Output, show } from './output.js'
import { stopSignal } from './signals.js'

type DecodeFlags = Flags<typeof DECODE_FLAGS>

/** `tickwire decode`. */
export async function runDecode(
  [endpoint = '']: readonly string[],
  flags: DecodeFlags,
  output: Output,
): Promise<void> {
  checkFlags(flags, output)
  const url = parseFeedUrl(endpoint)
  if (url.kind !== 'file') {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `${endpoint} is no recording`,
      'Give the path of a recording, or file:- for standard input; record a live feed first.',
    )
  }
  const signal = stopSignal()
  const recording = await openRecording({
    path: url.path,
    to: url.to,
    framing: flags.framing ?? DECODE_FLAGS.framing.default,
    protocol: flags.protocol ?? DECODE_FLAGS.protocol.default,
    session: flags.session,
    date: flags.date,
    signal,
  })
  try {
    await decodeAll(recording, flags, output, signal)
  } finally {
    await recording.reader.close()
  }
}

function checkFlags(flags: DecodeFlags, output: Output): void {
  if (flags.stats === true && flags.output !== undefined) {
    throw badOption('--stats writes no rows, and -o is given', 'Leave one of them out.')
  }
  if (output.json && flags.stats !== true && flags.output === undefined) {
    throw badOption(
      '--json prints one object, and the rows would go to standard output too',
      'Give the rows a file with -o, or use --stats.',
    )
  }
}

async function decodeAll(
  recording: Recording,
  flags: DecodeFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { reader, protocol } = recording
  const types = listed(flags.type)
  if (types !== undefined) checkTypes(types, protocol?.kinds.map((kind) => kind.name) ?? [])
  const shape: TableShape = {
    columnsOf: (type) => recording.columnsOf(type),
    received: reader.hasReceiveTime,
    sent: tellsSendTime(recording.framing.name),
    pretty: flags.pretty === true,
    day: recording.day,
  }
  const outputs =
    flags.output === undefined
      ? undefined
      : new RowOutputs(flags.output, flags.force === true, types, shape)
  const text = outputs === undefined && flags.stats !== true ? new TextOutput(shape) : undefined
  const decoder = new Decoder({
    framing: recording.framing,
    protocol: protocol?.name ?? 'none',
    views: protocol?.createViews(),
    columnsOf: shape.columnsOf,
    types,
    instruments: listed(flags.instrument),
    limit: flags.limit ?? Number.POSITIVE_INFINITY,
    writerOf:
      text === undefined
        ? outputs === undefined
          ? undefined
          : (type) => outputs.writerOf(type)
        : () => text.writer,
  })
  const startedMs = performance.now()
  const read = readAll(recording, decoder, text, signal)
  try {
    if (text === undefined) await show(read, new Progress(recording, decoder), output)
    else await read
    outputs?.finish()
  } catch (error) {
    outputs?.discard()
    throw error
  }
  const seconds = (performance.now() - startedMs) / 1000
  for (const warning of reader.warnings()) output.warn(warning)
  const report = decoder.report(reader.counts())
  const files = outputs?.paths ?? []
  if (text !== undefined) return
  output.report({ ...report, files }, () =>
    flags.stats === true ? statistics(report) : [written(report, files, seconds)],
  )
}

async function readAll(
  { reader }: Recording,
  decoder: Decoder,
  text: TextOutput | undefined,
  signal: AbortSignal,
): Promise<void> {
  while (!decoder.satisfied && !signal.aborted && (await reader.fill())) {
    decoder.readAll(reader)
    await text?.drained()
  }
  text?.writer.finish()
  await text?.drained()
}

/** Rows of text for standard output, no faster than they are read there. */
class TextOutput {
  readonly writer: JsonLinesWriter
  #full = false

  constructor(shape: TableShape) {
    this.writer = new JsonLinesWriter(
      (type) => shape.columnsOf(type),
      shape,
      (bytes) => {
        this.#full = !process.stdout.write(bytes)
      },
    )
  }

  async drained(): Promise<void> {
    if (!this.#full || process.stdout.destroyed) return
    // A reader that goes away closes the stream.
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(
      () => {},
    )
    this.#full = false
  }
}

class Progress implements LiveSource {
  readonly #recording: Recording
  readonly #decoder: Decoder
  readonly #startedMs = performance.now()

  constructor(recording: Recording, decoder: Decoder) {
    this.#recording = recording
    this.#decoder = decoder
  }

  lines(): readonly string[] {
    return [this.line()]
  }

  line(): string {
    const { messages } = this.#decoder
    const { consumedBytes, totalBytes } = this.#recording.reader
    const rate = messages / Math.max(0.001, (performance.now() - this.#startedMs) / 1000)
    const share = totalBytes > 0 ? `, ${Math.floor((100 * consumedBytes) / totalBytes)} %` : ''
    return `${formatCount(messages)} messages, ${formatRate(rate)}/s, ${formatBytes(consumedBytes)} read${share}`
  }
}

/** `--type a,b --type c`: three. */
function listed(texts: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (texts === undefined) return undefined
  return new Set(texts.flatMap((text) => text.split(',')).filter((text) => text !== ''))
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

function statistics(report: DecodeReport): string[] {
  const { byType, unknown, peaks, capture } = report
  const width = Math.max(0, ...Object.keys(byType).map((name) => name.length))
  const others = Object.entries(capture.otherPackets).map(([what, count]) => `${count} ${what}`)
  return [
    `${formatCount(report.messages)} messages of ${report.protocol} in ${formatCount(report.datagrams)} datagrams of ${report.framing}, ${formatCount(report.instruments)} instruments`,
    ...Object.entries(byType).map(
      ([name, count]) => `  ${name.padEnd(width)}  ${formatCount(count)}`,
    ),
    ...Object.entries(unknown).map(
      ([code, count]) => `  unknown type ${code}: ${formatCount(count)}`,
    ),
    `  also         ${formatCount(report.heartbeats)} heartbeats, ${formatCount(report.gaps)} gaps (${formatCount(report.missing)} messages), ${formatCount(report.restarts)} restarts, ${formatCount(report.duplicates)} duplicates`,
    `  not readable ${formatCount(report.invalidDatagrams)} datagrams, ${formatCount(report.messageFaults)} messages; of another session ${formatCount(report.foreignDatagrams)} datagrams`,
    `  busiest      ${formatCount(peaks['1ms'])} messages in 1 ms, ${formatCount(peaks['10ms'])} in 10 ms, ${formatCount(peaks['100ms'])} in 100 ms, ${formatCount(peaks['1s'])} in 1 s`,
    `  packets      ${formatCount(capture.packets)}${others.length === 0 ? '' : `, not of the feed: ${others.join(', ')}`}${capture.truncated > 0 ? `, ${capture.truncated} cut short` : ''}`,
  ]
}

function written(report: DecodeReport, files: readonly string[], seconds: number): string {
  const rate = formatRate(report.rows / Math.max(0.001, seconds))
  return `${formatCount(report.rows)} rows in ${seconds.toFixed(1)} s, ${rate} rows/s: ${files.join(', ')}`
}
