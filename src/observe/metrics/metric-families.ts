/** Names and values of a series' labels. */
export type Labels = Readonly<Record<string, string>>

/** A distribution in a few cumulative buckets. */
export interface TextHistogram {
  /** Upper ends in ascending order, without infinity, and how many values are not above each. */
  readonly bounds: readonly number[]
  readonly cumulative: readonly number[]
  readonly sum: number
  readonly count: number
}

/** Series of one name. A counter never falls from one reading to the next, and neither does a histogram. */
export interface MetricFamily {
  readonly name: string
  /** What it is, in a sentence. */
  readonly help: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Of a counter or a gauge. */
  readonly series: readonly { readonly labels: Labels; readonly value: number }[]
  /** Of a histogram. */
  readonly distributions: readonly { readonly labels: Labels; readonly histogram: TextHistogram }[]
}

interface OpenFamily extends MetricFamily {
  readonly series: { labels: Labels; value: number }[]
  readonly distributions: { labels: Labels; histogram: TextHistogram }[]
}

/**
 * Gathers what is to be told at one moment, family by family. A series without a value (null, undefined) is
 * left out, a family without series too. A counter never tells less than it told before, whatever it is
 * given: one of these is made once and used for each reading.
 */
export class MetricFamilies {
  readonly #told = new Map<string, number>()
  #families: OpenFamily[] = []

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
    const family = this.#families.at(-1)
    if (family === undefined || value === null || value === undefined) return this
    const told = family.kind === 'counter' ? this.#atLeast(family, labels, value) : value
    family.series.push({ labels, value: told })
    return this
  }

  /** A distribution of the family that was begun last. */
  distribution(labels: Labels, histogram: TextHistogram | null): this {
    if (histogram !== null) this.#families.at(-1)?.distributions.push({ labels, histogram })
    return this
  }

  /** All that was gathered; the next reading starts again. */
  take(): readonly MetricFamily[] {
    const families = this.#families.filter(
      ({ series, distributions }) => series.length + distributions.length > 0,
    )
    this.#families = []
    return families
  }

  #begin(name: string, kind: MetricFamily['kind'], help: string): this {
    this.#families.push({ name, kind, help, series: [], distributions: [] })
    return this
  }

  #atLeast({ name }: MetricFamily, labels: Labels, value: number): number {
    const series = `${name} ${Object.values(labels).join(' ')}`
    const told = Math.max(value, this.#told.get(series) ?? 0)
    this.#told.set(series, told)
    return told
  }
}
