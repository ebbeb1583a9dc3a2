/** How figures are written on the page. */

const COUNT = new Intl.NumberFormat('en')
const DASH = '–'

export function count(value) {
  return value === null || value === undefined ? DASH : COUNT.format(Math.round(value))
}

/** Three digits and a unit: 1.25 M. */
export function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return DASH
  const size = Math.abs(value)
  if (size >= 1e9) return `${digits(value / 1e9)} G`
  if (size >= 1e6) return `${digits(value / 1e6)} M`
  if (size >= 1e4) return `${digits(value / 1e3)} k`
  return size >= 100 || Number.isInteger(value) ? COUNT.format(Math.round(value)) : digits(value)
}

export function nanoseconds(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return DASH
  if (value >= 1e9) return `${digits(value / 1e9)} s`
  if (value >= 1e6) return `${digits(value / 1e6)} ms`
  if (value >= 1e3) return `${digits(value / 1e3)} µs`
  return `${Math.round(value)} ns`
}

/** Rounded down, so that 100 means all. */
export function percent(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return DASH
  if (value === 100 || value === 0) return `${value} %`
  return `${(Math.floor(value * 1000) / 1000).toFixed(value > 99 ? 3 : 1)} %`
}

export function bytes(value) {
  if (value === null || value === undefined) return DASH
  if (value >= 2 ** 20) return `${digits(value / 2 ** 20)} MiB`
  return value >= 1024 ? `${digits(value / 1024)} KiB` : `${value} B`
}

/** The time of day here, from seconds since 1970. */
export function clock(seconds, withTenths = false) {
  const date = new Date(seconds * 1000)
  const two = (number) => String(number).padStart(2, '0')
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return withTenths ? `${text}.${Math.floor(date.getMilliseconds() / 100)}` : text
}

function digits(value) {
  const size = Math.abs(value)
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
}
