import { SendView, sendSummary } from '../observe/send-view.js'
import { send } from '../run/send.js'
import { SendFailure } from '../run/transmission/transmission.js'
import { DEFAULT_ENDPOINT } from '../transport/endpoint.js'
import type { Flags } from './command.js'
import { type Output, show } from './output.js'
import { cpuChoice } from './pinning.js'
import type { SEND_FLAGS } from './send-flags.js'
import { stopSignal } from './signals.js'
import { CommandLog } from './with-log.js'
import { checkMetrics, withMetrics } from './with-metrics.js'

/** `tickwire send`. */
export async function runSend(
  endpoints: readonly string[],
  flags: Flags<typeof SEND_FLAGS>,
  output: Output,
): Promise<void> {
  const { noPin, metrics, metricsToken, log: format, ...options } = flags
  const log = new CommandLog(
    format,
    flags.name ?? (endpoints.join(' + ') || DEFAULT_ENDPOINT),
    output,
  )
  checkMetrics(flags)
  const transmission = await send({
    ...options,
    ...(endpoints.length === 0 ? {} : { endpoints }),
    cpu: cpuChoice(noPin, flags.cpu),
    signal: stopSignal(),
    onWarning: (warning) => log.warn(warning),
  })
  log.followSender(() => transmission.stats())
  await withMetrics(transmission, flags, output, async () => {
    const lines = transmission.stats().lines.map(({ endpoint }) => endpoint)
    output.say(`sending to ${lines.join(' and ')}; Ctrl-C stops`)
    if (transmission.retransmitEndpoint !== undefined) {
      output.say(`retransmitting on ${transmission.retransmitEndpoint}`)
    }
    const view = new SendView(() => transmission.stats(), output.colors)
    try {
      const report = await show(transmission.finished, view, output)
      output.report(report, () => sendSummary(report, output.colors))
    } catch (error) {
      // Beside JSON the report stands in the one object, with the error.
      if (error instanceof SendFailure && !output.json) {
        for (const line of sendSummary(error.report, output.colors)) output.say(line)
      }
      throw error
    } finally {
      log.end()
    }
  })
}
