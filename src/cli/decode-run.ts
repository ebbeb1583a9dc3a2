import { once } from 'node:events'
import { DecodeFailure, type DecodeReport, type Decoding, decode } from '../export/decode.js'
import { badOption } from '../foundation/errors.js'
import { formatBytes, formatCount, formatRate } from '../observe/format.js'
import type { LiveView } from '../observe/live-display.js'
import type { Flags } from './command.js'
import type { DECODE_FLAGS } from './decode-flags.js'
import { type Output, show } from './output.js'
import { stopSignal } from './signals.js'

type DecodeFlags = Flags<typeof DECODE_FLAGS>

/** `tickwire decode`. */
export async function runDecode(
  [endpoint = '']: readonly string[],
  flags: DecodeFlags,
  output: Output,
): Promise<void> {
  const { type, instrument, force, stats, index: _, output: file, ...options } = flags
  checkFlags(flags, output)
  if (flags.index === true) {
    const { runIndex } = await import('./index-run.js')
    const { framing, protocol, session, date } = flags
    await runIndex(endpoint, { framing, protocol, session, date }, output)
    return
  }
  const prints = file === undefined && stats !== true
  const decoding = await decode({
    ...options,
    endpoint,
    types: listed(type),
    instruments: listed(instrument),
    output: file,
    overwrite: force === true,
    onRows: prints ? writeRows : undefined,
    signal: stopSignal(),
    // Rows have standard output for themselves.
    onReady: (url, framing) =>
      process.stderr.write(`receiving ${framing} on ${url}; Ctrl-C stops\n`),
    onWarning: (warning) => output.warn(warning),
  })
  const { finished } = decoding
  try {
    const report = prints ? await finished : await show(finished, new Progress(decoding), output)
    if (!prints) output.report(report, () => summary(report, stats === true))
  } catch (error) {
    // Beside JSON the report stands in the one object, with the error.
    if (error instanceof DecodeFailure && !output.json && !prints) {
      for (const line of summary(error.report, stats === true)) output.say(line)
    }
    throw error
  }
}

function checkFlags(flags: DecodeFlags, output: Output): void {
  if (flags.index === true) {
    for (const name of ['output', 'stats', 'type', 'instrument', 'limit', 'pretty'] as const) {
      if (flags[name] === undefined) continue
      throw badOption(`--index writes no rows, and --${name} is given`, 'Leave one of them out.')
    }
    return
  }
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

/** Writes rows to standard output, no faster than they are read there. */
function writeRows(lines: Uint8Array): void | Promise<void> {
  if (process.stdout.write(lines) || process.stdout.destroyed) return
  return room()
}

/** Waits until there is room, or nobody reads any more. */
async function room(): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  const events = ['drain', 'close'].map((name) => once(process.stdout, name, { signal }))
  // The one that did not come ends with an error when it is not waited for any more.
  for (const event of events) event.catch(() => {})
  await Promise.race(events).catch(() => {})
  over.abort()
}

class Progress implements LiveView {
  readonly #decoding: Decoding
  readonly #startedMs = performance.now()

  constructor(decoding: Decoding) {
    this.#decoding = decoding
  }

  lines(): readonly string[] {
    return [this.line()]
  }

  line(): string {
    const { messages, progress } = this.#decoding
    const { consumedBytes, totalBytes } = progress
    const rate = messages / Math.max(0.001, (performance.now() - this.#startedMs) / 1000)
    const share = totalBytes > 0 ? `, ${Math.floor((100 * consumedBytes) / totalBytes)} %` : ''
    const read = Number.isNaN(consumedBytes) ? '' : `, ${formatBytes(consumedBytes)} read${share}`
    return `${formatCount(messages)} messages, ${formatRate(rate)}/s${read}`
  }
}

/** `--type a,b --type c`: three. */
function listed(texts: readonly string[] | undefined): readonly string[] | undefined {
  return texts?.flatMap((text) => text.split(',')).filter((text) => text !== '')
}

function summary(report: DecodeReport, stats: boolean): string[] {
  return stats ? statistics(report) : [written(report)]
}

function statistics(report: DecodeReport): string[] {
  const { byType, unknown, peaks, capture } = report
  const width = Math.max(0, ...Object.keys(byType).map((name) => name.length))
  return [
    `${formatCount(report.messages)} messages of ${report.protocol === 'none' ? 'a protocol that is not named' : report.protocol} in ${formatCount(report.datagrams)} datagrams of ${report.framing ?? 'an unknown framing'}, ${formatCount(report.instruments)} instruments`,
    ...Object.entries(byType).map(
      ([name, count]) => `  ${name.padEnd(width)}  ${formatCount(count)}`,
    ),
    ...Object.entries(unknown).map(
      ([code, count]) => `  unknown type ${code}: ${formatCount(count)}`,
    ),
    `  also         ${formatCount(report.heartbeats)} heartbeats, ${formatCount(report.gaps)} gaps (${formatCount(report.missing)} messages), ${formatCount(report.restarts)} restarts, ${formatCount(report.duplicates)} duplicates`,
    `  not readable ${formatCount(report.invalidDatagrams)} datagrams, ${formatCount(report.messageFaults)} messages; of another session ${formatCount(report.foreignDatagrams)} datagrams`,
    `  busiest      ${formatCount(peaks['1ms'])} messages in 1 ms, ${formatCount(peaks['10ms'])} in 10 ms, ${formatCount(peaks['100ms'])} in 100 ms, ${formatCount(peaks['1s'])} in 1 s`,
    ...(capture === null ? [] : [packetsText(capture)]),
  ]
}

function packetsText(capture: NonNullable<DecodeReport['capture']>): string {
  const others = Object.entries(capture.otherPackets).map(([what, count]) => `${count} ${what}`)
  const also = others.length === 0 ? '' : `, not of the feed: ${others.join(', ')}`
  const short = capture.truncated > 0 ? `, ${capture.truncated} cut short` : ''
  return `  packets      ${formatCount(capture.packets)}${also}${short}`
}

function written({ rows, elapsedSeconds, files }: DecodeReport): string {
  const rate = formatRate(rows / Math.max(0.001, elapsedSeconds))
  return `${formatCount(rows)} rows in ${elapsedSeconds.toFixed(1)} s, ${rate} rows/s: ${files.join(', ')}`
}
