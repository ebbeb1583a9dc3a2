import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { TickwireError } from '../../foundation/errors.js'
import { copyCounters, type RunCounters } from '../../run/memory/run-counters.js'
import { type WatchedRun, watchedRun } from '../../run/memory/watched-run.js'
import type { EntryModule } from '../../run/thread/start-worker.js'
import { Thread } from '../../run/thread/thread.js'
import { type ListenAddress, parseListenAddress } from './listen-address.js'
import { noRun } from './read-metrics.js'
import { type FinalReport, reportOf } from './report-of.js'
import type { ServerData, ServerReady } from './server-thread.js'

const ENTRY: EntryModule = {
  url: new URL('./server-thread.js', import.meta.url),
  start: (options) =>
    new Worker(new URL('./server-thread.js', import.meta.url), {
      ...options,
      // Whatever is asked of it, it takes no memory from the run.
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    }),
}

export interface MetricsOptions {
  /**
   * What requests have to bring: `Authorization: Bearer TOKEN`, or once `/?token=TOKEN` in a browser.
   * Needed for any address that other machines reach. Default: none.
   */
  readonly token?: string | undefined
  /** Told if the server ends by itself, which it should not; the run goes on. */
  readonly onProblem?: ((error: TickwireError) => void) | undefined
}

/**
 * Shows a run to those who look on: `/metrics` for Prometheus, `/healthz`, the dashboard at `/`. In a thread
 * of its own, which sleeps until somebody asks and reads the counters of the run: no thread of the run has
 * anything to do with it.
 *
 * ```ts
 * const feed = await receive({ handler: './strategy.js' })
 * await using metrics = await serveMetrics(feed, 'http://127.0.0.1:9464')
 * console.error(`metrics on ${metrics.url}`)
 * await feed.finished
 * ```
 *
 * It goes on with the last figures when the run is over, until it is closed; it does not keep the process.
 *
 * @param run what `receive`, `send`, `publish` or `replay` returned
 * @param url `http://HOST:PORT`; port 0: a free one
 * @throws {TickwireError} TW_BAD_OPTION, TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL, TW_PERMISSION
 */
export async function serveMetrics(
  run: object,
  url: string,
  options: MetricsOptions = {},
): Promise<MetricsServer> {
  const address = parseListenAddress(url, options.token)
  const watched = watchedRun(run)
  if (watched === undefined) throw noRun('serveMetrics')
  return MetricsServer.start(watched, address, options)
}

/** A server at work. All methods are for the thread that started it. */
export class MetricsServer implements AsyncDisposable {
  /** With the port that was bound, and without a path. */
  readonly url: string
  readonly #thread: Thread<ServerReady, null>

  private constructor(url: string, thread: Thread<ServerReady, null>, run: WatchedRun) {
    this.url = url
    this.#thread = thread
    const end = (report: FinalReport) => thread.order('final', report)
    run.finished.then(end, (error: unknown) => end(reportOf(error)))
  }

  /** @throws as `serveMetrics` */
  static async start(
    run: WatchedRun,
    address: ListenAddress,
    { onProblem }: MetricsOptions,
  ): Promise<MetricsServer> {
    const { counters } = run
    const begin = (data: ServerData) => new Thread<ServerReady, null>('metrics', ENTRY, data)
    let thread = begin({ address, counters, facts: run.facts() })
    let ready = await thread.ready.catch((error: TickwireError) => error)
    if (ready instanceof TickwireError && isGone(counters)) {
      thread = begin({ address, counters: copyCounters(counters), facts: run.facts() })
      ready = await thread.ready
    }
    if (ready instanceof TickwireError) throw ready
    thread.done.catch((error: TickwireError) => onProblem?.(error))
    thread.keepProcess(false)
    return new MetricsServer(ready.url, thread, run)
  }

  /**
   * Ends the server when the run is over and somebody who scrapes often has seen its last figures: within a
   * second of the run's end.
   */
  async leave(): Promise<void> {
    await this.#end('leave')
  }

  /** Ends all connections, and the server. */
  async close(): Promise<void> {
    await this.#end('stop')
  }

  async #end(how: 'leave' | 'stop'): Promise<void> {
    this.#thread.keepProcess(true)
    this.#thread.order(how, null)
    await this.#thread.gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Whether the run was over before the server's thread could look at its counters. */
function isGone({ file }: RunCounters): boolean {
  return file !== null && !existsSync(file)
}
