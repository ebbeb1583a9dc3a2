import { CaptureView } from '../observe/capture-view.js'
import { ReceiveView } from '../observe/receive-view.js'
import { recordSummary } from '../observe/record-view.js'
import { FeedFailure } from '../run/feed/feed-failure.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import { receive } from '../run/receive.js'
import { DEFAULT_ENDPOINT } from '../transport/endpoint.js'
import { isCaptureUrl } from '../transport/feed-url.js'
import type { Flags } from './command.js'
import { type Output, show } from './output.js'
import { cpuChoice } from './pinning.js'
import type { RECORD_FLAGS } from './record-flags.js'
import { stopSignal } from './signals.js'
import { CommandLog } from './with-log.js'
import { checkMetrics, withMetrics } from './with-metrics.js'

/** Whatever the framing, a datagram shall fit: what is cut is not recorded. */
const SLOT_BYTES = 2048
/** Datagrams of which none could be read, after which something is wrong with the framing. */
const UNREADABLE = 16

/** What `tickwire record` tells: the report of the feed, and what was recorded of it. */
interface RecordReport extends Omit<ReceiveReport, 'command'> {
  readonly command: 'record'
  readonly files: unknown
  readonly recorded: number
  readonly notRecorded: unknown
}

/** A failure beside which there is a report of what came before. */
class RecordFailure extends FeedFailure {
  override readonly report: ReceiveReport

  constructor(cause: FeedFailure) {
    super(cause, cause.report)
    // Told as the command's own report.
    this.report = recordReport(cause.report) as unknown as ReceiveReport
  }
}

/** `tickwire record`. */
export async function runRecord(
  [file = '', ...endpoints]: readonly string[],
  flags: Flags<typeof RECORD_FLAGS>,
  output: Output,
): Promise<void> {
  const { noPin, framing, slotBytes, metrics: _, metricsToken: __, log: format, ...options } = flags
  const log = new CommandLog(format, flags.name ?? endpoints[0] ?? DEFAULT_ENDPOINT, output)
  checkMetrics(flags)
  const recorded = endpoints.some(isCaptureUrl)
  const feed = await receive({
    ...options,
    ...(endpoints.length === 0 ? {} : { endpoints }),
    ...{ record: file, framing: framing ?? (recorded ? 'auto' : 'raw'), handler: null },
    ...(recorded || flags.gro === true ? { slotBytes } : { slotBytes: slotBytes ?? SLOT_BYTES }),
    cpu: cpuChoice(noPin, flags.cpu),
    handlerCpu: cpuChoice(noPin, flags.handlerCpu),
    signal: stopSignal(),
    onWarning: (warning) => log.warn(warning),
    onAlarm: (alarm) => log.alarm(alarm, feed.endpoints),
  })
  log.followFeed(feed)
  await withMetrics(feed, flags, output, async () => {
    const started = feed.stats()
    output.say(
      `receiving ${started.framing} on ${feed.endpoints.join(' and ')} ` +
        `(transport ${started.transport}, to ${file}); Ctrl-C stops`,
    )
    const stats = () => feed.stats()
    const view =
      started.transport === 'capture'
        ? new CaptureView(stats, () => feed.captureProgress(), output.colors)
        : new ReceiveView(stats, output.colors)
    try {
      const report = recordReport(await show(feed.finished, view, output))
      if (report.datagrams >= UNREADABLE && report.invalidDatagrams === report.datagrams) {
        log.warn(
          `None of ${report.datagrams} datagrams is ${report.framing}: they are recorded, but what is missing is not known. Name their framing with --framing.`,
        )
      }
      output.report(report, () => recordSummary(report as never, output.colors))
    } catch (error) {
      if (!(error instanceof FeedFailure)) throw error
      if (!output.json) {
        const report = recordReport(error.report)
        for (const line of recordSummary(report as never, output.colors)) output.say(line)
      }
      throw new RecordFailure(error)
    } finally {
      log.end()
    }
  })
}

function recordReport(report: ReceiveReport): RecordReport {
  const { recording, ...rest } = report
  return {
    ...rest,
    command: 'record',
    files: recording?.files ?? [],
    recorded: recording?.recorded ?? 0,
    notRecorded: recording?.notRecorded ?? null,
    recording,
  }
}
