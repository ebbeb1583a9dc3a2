import { NS_PER_MS, NS_PER_SECOND, NS_PER_US } from '../foundation/units.js'

/** What stands for a figure that cannot be known. */
const UNKNOWN = '–'

/** `1234567` as `1,234,567`. */
export function formatCount(value: number | null): string {
  return value === null ? UNKNOWN : Math.round(value).toLocaleString('en')
}

/** A count with what is counted: `1 message`, `2,000 messages`. */
export function formatCounted(count: number | null, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Messages per second, three digits at least: `999`, `12,345`, `1.23 M`. */
export function formatRate(value: number | null): string {
  if (value === null) return UNKNOWN
  return value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : formatCount(value)
}

/** Nanoseconds with a unit that fits: `850 ns`, `4.1 us`, `2.35 ms`, `1.20 s`. */
export function formatNs(value: number | null): string {
  if (value === null) return UNKNOWN
  if (value < NS_PER_US) return `${Math.round(value)} ns`
  if (value < NS_PER_MS) return `${(value / NS_PER_US).toFixed(1)} us`
  if (value < NS_PER_SECOND) return `${(value / NS_PER_MS).toFixed(2)} ms`
  return `${(value / NS_PER_SECOND).toFixed(2)} s`
}

/** At most three decimals, none that say nothing: `100 %`, `10.23 %`. */
export function formatPercent(value: number | null): string {
  return value === null ? UNKNOWN : `${Number(value.toFixed(3))} %`
}

/** Bytes with a binary unit: `8.0 MiB`. */
export function formatBytes(value: number): string {
  if (value < 1024) return `${value} B`
  if (value < 1024 ** 2) return `${(value / 1024).toFixed(1)} KiB`
  return `${(value / 1024 ** 2).toFixed(1)} MiB`
}

/** A bar of `width` characters, filled to `share` (0 to 1). */
export function formatBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(filled) + '░'.repeat(width - filled)
}

const SPARKS = '▁▂▃▄▅▆▇█'

/** Values as a row of small bars, from 0 to the largest; a space where there is none. */
export function formatSparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.slice(-width)
  const most = Math.max(0, ...shown.map((value) => value ?? 0))
  return shown
    .map((value) => {
      if (value === null) return ' '
      const step = most === 0 ? 0 : Math.round((value / most) * (SPARKS.length - 1))
      return SPARKS[step]
    })
    .join('')
    .padStart(width)
}

/** Rows as columns, the first to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  )
}
