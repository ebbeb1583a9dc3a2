import { TickwireError } from '../../foundation/errors.js'
import { watchedRun } from '../../run/memory/watched-run.js'
import type { MetricFamily } from './metric-families.js'
import { reportOf } from './report-of.js'
import { RunMetrics } from './run-metrics.js'

/**
 * What `/metrics` would tell of a run, for another way of telling it, such as OpenTelemetry's.
 *
 * @param run what `receive`, `send`, `publish` or `replay` returned
 * @returns reads the metrics of a moment, some tens of microseconds, on the thread that calls it
 * @throws {TickwireError} TW_BAD_OPTION for what is no run of this process
 */
export function metricsReader(run: object): () => readonly MetricFamily[] {
  const watched = watchedRun(run)
  if (watched === undefined) throw noRun('metricsReader')
  const metrics = new RunMetrics(watched.counters, watched.facts())
  watched.finished.then(
    (report) => metrics.end(report),
    (error: unknown) => metrics.end(reportOf(error)),
  )
  return () => metrics.read()
}

/** The error for an object behind which there is no run. */
export function noRun(called: string): TickwireError {
  return new TickwireError(
    'TW_BAD_OPTION',
    `What ${called}() was given is no run of this process`,
    'Give it what receive() or send() returned.',
  )
}
