import { workerData } from 'node:worker_threads'
import type { ReceiveFacts } from '../../run/feed/receive-report.js'
import type { RunCounters } from '../../run/memory/run-counters.js'
import { threadMain } from '../../run/thread/thread-port.js'
import type { SendFacts } from '../../run/transmission/send-report.js'
import { Dashboard } from '../dashboard/dashboard.js'
import { answerText, HttpServer, type Route } from './http-server.js'
import type { ListenAddress } from './listen-address.js'
import { METRICS_TYPE, metricsText } from './metrics-text.js'
import type { FinalReport } from './report-of.js'
import { RunMetrics } from './run-metrics.js'
import { ScrapeWatch } from './scrape-watch.js'

/** What the thread of a metrics server is given. */
export interface ServerData {
  readonly address: ListenAddress
  readonly counters: RunCounters
  readonly facts: ReceiveFacts | SendFacts
}

/** The URL that was bound. */
export interface ServerReady {
  readonly url: string
}

const data = workerData as ServerData
threadMain<ServerReady, null>(async (port) => {
  const metrics = new RunMetrics(data.counters, data.facts)
  const scrapes = new ScrapeWatch()
  // Neither another run of this process nor one of a process that gets its id has the same.
  const run = `${process.pid} ${performance.timeOrigin} ${data.counters.id}`
  const dashboard = new Dashboard(data.counters, data.facts, run)
  const routes = new Map<string, Route>([
    ...dashboard.routes(),
    [
      '/metrics',
      (_, response) => {
        answerText(response, 200, metricsText(metrics.read()), METRICS_TYPE)
        scrapes.note(metrics.ended)
      },
    ],
    [
      '/healthz',
      (_, response) => {
        const { healthy, state } = metrics.health()
        answerText(
          response,
          healthy ? 200 : 503,
          `${JSON.stringify({ status: state })}\n`,
          'application/json',
        )
      },
    ],
  ])
  const server = new HttpServer(data.address, routes)
  const final = port.order<FinalReport>('final')
  const stop = port.order<null>('stop')
  try {
    port.ready({ url: await server.listen() })
    const over = final.then(async (report) => {
      metrics.end(report)
      dashboard.end()
      await scrapes.seenTheEnd()
    })
    await Promise.race([stop, port.order<null>('leave').then(() => over)])
    await server.close()
  } finally {
    dashboard.close()
  }
  port.done(null)
})
