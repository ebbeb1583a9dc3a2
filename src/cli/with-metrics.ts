import { parseListenAddress } from '../observe/metrics/listen-address.js'
import type { MetricsServer } from '../observe/metrics/serve-metrics.js'
import { meaningless } from '../run/options/declaration.js'
import type { MetricsFlags } from './metrics-flags.js'
import type { Output } from './output.js'

/** Checks the flags before anything is started. @throws {TickwireError} TW_BAD_OPTION */
export function checkMetrics({ metrics, metricsToken }: MetricsFlags): void {
  if (metrics !== undefined) parseListenAddress(metrics, metricsToken)
  else if (metricsToken !== undefined) {
    throw meaningless('metricsToken', 'nobody can look on.', 'Add --metrics URL, or leave it out.')
  }
}

/**
 * Lets others look on at a run while `work` is done with it, and a moment longer; where that cannot be, the
 * run is stopped.
 *
 * @throws {TickwireError} as `serveMetrics` and `work` do
 */
export async function withMetrics<Run extends { stop(): Promise<unknown> }>(
  run: Run,
  { metrics, metricsToken }: MetricsFlags,
  output: Output,
  work: (run: Run) => Promise<void>,
): Promise<void> {
  let server: MetricsServer | undefined
  if (metrics !== undefined) {
    try {
      const { serveMetrics } = await import('../observe/metrics/serve-metrics.js')
      server = await serveMetrics(run, metrics, {
        token: metricsToken,
        onProblem: (error) => output.warn(`Nobody can look on any more: ${error.message}`),
      })
    } catch (error) {
      await run.stop().catch(() => {})
      throw error
    }
    // Standard output is for the report, and for the display.
    process.stderr.write(`metrics on ${server.url}/metrics, dashboard on ${server.url}/\n`)
  }
  try {
    await work(run)
  } finally {
    await server?.leave()
  }
}
