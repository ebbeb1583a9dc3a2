import type { RecordedLength } from '../capture/recorded-length.js'
import { OutputFile } from '../foundation/output-file.js'
import { FeedFailure } from '../run/feed/feed-failure.js'
import { receive } from '../run/receive.js'
import { DEFAULT_ENDPOINT } from '../transport/endpoint.js'
import { parseFeedUrl } from '../transport/feed-url.js'
import type { Flags } from './command.js'
import { type Output, show } from './output.js'
import { cpuChoice } from './pinning.js'
import type { RECEIVE_FLAGS } from './receive-flags.js'
import { stopSignal } from './signals.js'
import { CommandLog } from './with-log.js'
import { checkMetrics, withMetrics } from './with-metrics.js'

/** `tickwire receive`. */
export async function runReceive(
  endpoints: readonly string[],
  flags: Flags<typeof RECEIVE_FLAGS>,
  output: Output,
): Promise<void> {
  const { noPin, histogram, metrics, metricsToken, log: format, ...options } = flags
  const log = new CommandLog(format, flags.name ?? endpoints[0] ?? DEFAULT_ENDPOINT, output)
  checkMetrics(flags)
  // Opened before the run, so that a wrong path is known before there is something to lose.
  const file = histogram === undefined ? undefined : new OutputFile(histogram)
  try {
    const length = await lengthOf(endpoints)
    const starting = receive({
      ...options,
      ...(endpoints.length === 0 ? {} : { endpoints }),
      cpu: cpuChoice(noPin, flags.cpu),
      handlerCpu: cpuChoice(noPin, flags.handlerCpu),
      handler: flags.handler ?? null,
      signal: stopSignal(),
      onWarning: (warning) => log.warn(warning),
      onAlarm: async (alarm) => log.alarm(alarm, (await starting).endpoints),
    })
    // Loaded while the threads start.
    const [feed, { ReceiveView, receiveSummary }, { CaptureView, lengthText }] = await Promise.all([
      starting,
      import('../observe/receive-view.js'),
      import('../observe/capture-view.js'),
    ])
    log.followFeed(feed)
    await withMetrics(feed, flags, output, async () => {
      const started = feed.stats()
      output.say(
        `receiving ${started.framing} on ${feed.endpoints.join(' and ')} ` +
          `(transport ${started.transport}, CPU ${started.pinned?.receiver ?? 'any'}); Ctrl-C stops`,
      )
      if (length !== undefined) output.say(lengthText(length))
      try {
        const stats = () => feed.stats()
        const view =
          started.transport === 'capture'
            ? new CaptureView(stats, () => feed.captureProgress(), output.colors)
            : new ReceiveView(stats, output.colors)
        const report = await show(feed.finished, view, output)
        output.report(report, () => receiveSummary(report, output.colors))
      } catch (error) {
        // Beside JSON the report stands in the one object, with the error.
        if (error instanceof FeedFailure && !output.json) {
          for (const line of receiveSummary(error.report, output.colors)) output.say(line)
        }
        throw error
      } finally {
        if (file !== undefined) {
          const { formatPercentiles } = await import('../account/percentile-format.js')
          file.write(formatPercentiles(feed.latency()))
        }
      }
    })
  } finally {
    log.end()
    file?.discard()
  }
}

/** How much one recording holds; undefined for anything else. */
async function lengthOf(endpoints: readonly string[]): Promise<RecordedLength | undefined> {
  const [text, second] = endpoints
  if (text === undefined || second !== undefined) return undefined
  const url = parseFeedUrl(text)
  if (url.kind !== 'file') return undefined
  const { recordedLength } = await import('../capture/recorded-length.js')
  return recordedLength(url.path, url.to)
}
