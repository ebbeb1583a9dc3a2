/** Names and values of a series' labels. */
export type Labels = Readonly<Record<string, string>>

/** A distribution in a few cumulative buckets, as the text format wants it. */
export interface TextHistogram {
  /** Upper ends in ascending order, without infinity, and how many values are not above each. */
  readonly bounds: readonly number[]
  readonly cumulative: readonly number[]
  readonly sum: number
  readonly count: number
}

/** The media type of the text format, by its specification. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Writes Prometheus' text format 0.0.4, one family after the other:
 *
 * ```
 * # HELP tickwire_gaps_open Gaps that may still be filled.
 * # TYPE tickwire_gaps_open gauge
 * tickwire_gaps_open{feed="udp://127.0.0.1:9001"} 0
 * ```
 *
 * A family without series is left out, a series without a value (null, undefined) too. A counter never
 * tells less than it told before, whatever it is given: a writer is made once and used for each answer.
 */
export class MetricsText {
  readonly #told = new Map<string, number>()
  #lines: string[] = []
  #family = ''
  #kind = ''
  #help = ''
  #headed = false

  /** @param name ends with `_total` */
  counter(name: string, help: string): this {
    return this.#begin(name, 'counter', help)
  }

  gauge(name: string, help: string): this {
    return this.#begin(name, 'gauge', help)
  }

  histogram(name: string, help: string): this {
    return this.#begin(name, 'histogram', help)
  }

  /** A series of the family that was begun last. */
  value(labels: Labels, value: number | null | undefined): this {
    if (value === null || value === undefined) return this
    const series = `${this.#family}${labelText(labels)}`
    this.#write(series, this.#kind === 'counter' ? this.#atLeast(series, value) : value)
    return this
  }

  /** A distribution of the family that was begun last. */
  distribution(labels: Labels, histogram: TextHistogram | null): this {
    if (histogram === null) return this
    const { bounds, cumulative, sum, count } = histogram
    const write = (suffix: string, all: Labels, value: number) => {
      const series = `${this.#family}${suffix}${labelText(all)}`
      this.#write(series, this.#atLeast(series, value))
    }
    bounds.forEach((bound, i) => {
      write('_bucket', { ...labels, le: numberText(bound) }, cumulative[i] ?? 0)
    })
    write('_bucket', { ...labels, le: '+Inf' }, count)
    write('_sum', labels, sum)
    write('_count', labels, count)
    return this
  }

  /** All that was written; the next answer begins anew. */
  take(): string {
    const text = this.#lines.join('\n')
    this.#lines = []
    return text === '' ? '' : `${text}\n`
  }

  #begin(name: string, kind: string, help: string): this {
    this.#family = name
    this.#kind = kind
    this.#help = help
    this.#headed = false
    return this
  }

  #write(series: string, value: number): void {
    if (!this.#headed) {
      this.#headed = true
      this.#lines.push(`# HELP ${this.#family} ${this.#help}`)
      this.#lines.push(`# TYPE ${this.#family} ${this.#kind}`)
    }
    this.#lines.push(`${series} ${numberText(value)}`)
  }

  #atLeast(series: string, value: number): number {
    const told = Math.max(value, this.#told.get(series) ?? 0)
    this.#told.set(series, told)
    return told
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** A backslash, a quote and a line feed are written with a backslash. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
