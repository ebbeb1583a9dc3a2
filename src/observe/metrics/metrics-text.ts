import type { Labels, MetricFamily } from './metric-families.js'

/** The media type of the text format, by its specification. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Prometheus' text format 0.0.4, one family after the other:
 *
 * ```
 * # HELP tickwire_gaps_open Gaps that may still be filled.
 * # TYPE tickwire_gaps_open gauge
 * tickwire_gaps_open{feed="udp://127.0.0.1:9001"} 0
 * ```
 */
export function metricsText(families: readonly MetricFamily[]): string {
  return families.map(familyText).join('')
}

function familyText({ name, kind, help, series, distributions }: MetricFamily): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`]
  for (const { labels, value } of series) lines.push(line(name, labels, value))
  for (const { labels, histogram } of distributions) {
    const { bounds, cumulative, sum, count } = histogram
    bounds.forEach((bound, i) => {
      lines.push(line(`${name}_bucket`, { ...labels, le: numberText(bound) }, cumulative[i] ?? 0))
    })
    lines.push(line(`${name}_bucket`, { ...labels, le: '+Inf' }, count))
    lines.push(line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count))
  }
  return `${lines.join('\n')}\n`
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`
}

/** A backslash, a quote and a line feed are written with a backslash. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
