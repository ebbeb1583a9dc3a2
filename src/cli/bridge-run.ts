import { type Bridge, BridgeFailure, bridge } from '../bridge/bridge.js'
import { bridgeSummary, bridgeView } from '../observe/bridge-view.js'
import { DEFAULT_ENDPOINT } from '../transport/endpoint.js'
import type { BRIDGE_FLAGS } from './bridge-flags.js'
import type { Flags } from './command.js'
import { type Output, show } from './output.js'
import { cpuChoice } from './pinning.js'
import { stopSignal } from './signals.js'
import { CommandLog } from './with-log.js'
import { checkMetrics, withMetrics } from './with-metrics.js'

/** `tickwire bridge`. */
export async function runBridge(
  [to = '', ...endpoints]: readonly string[],
  flags: Flags<typeof BRIDGE_FLAGS>,
  output: Output,
): Promise<void> {
  const { noPin, metrics: _, metricsToken: __, log: format, ...options } = flags
  const log = new CommandLog(format, flags.name ?? endpoints[0] ?? DEFAULT_ENDPOINT, output)
  checkMetrics(flags)
  const running: Bridge = await bridge({
    ...options,
    to,
    ...(endpoints.length === 0 ? {} : { endpoints }),
    cpu: cpuChoice(noPin, flags.cpu),
    handlerCpu: cpuChoice(noPin, flags.handlerCpu),
    signal: stopSignal(),
    onWarning: (warning) => log.warn(warning),
    onAlarm: (alarm) => log.alarm(alarm, running.endpoints),
  })
  log.followFeed(running)
  await withMetrics(running, flags, output, async () => {
    const started = running.stats()
    output.say(
      `receiving ${started.framing} on ${running.endpoints.join(' and ')} ` +
        `(transport ${started.transport}, CPU ${started.pinned?.receiver ?? 'any'}), ` +
        `publishing to ${running.to} as ${running.subject}; Ctrl-C stops`,
    )
    try {
      const view = bridgeView(() => running.stats(), output.colors)
      const report = await show(running.finished, view, output)
      output.report(report, () => bridgeSummary(report, output.colors))
    } catch (error) {
      if (error instanceof BridgeFailure && !output.json) {
        for (const line of bridgeSummary(error.report, output.colors)) output.say(line)
      }
      throw error
    } finally {
      log.end()
    }
  })
}
