import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** Inherited by every thread that is started after it was set. */
const SPELLING = 'tickwire.options-are-flags'

/** Flags that are not their property in kebab case: one is given several times, the other is a list. */
const OTHER_FLAGS: Readonly<Record<string, string>> = { allowSources: 'allow-source' }

/**
 * From now on messages name options as flags of the command line, in this thread and in those that it
 * starts. For the command line alone; the library names properties.
 */
export function nameOptionsAsFlags(): void {
  setEnvironmentData(SPELLING, true)
}

/** The flag of an option without its dashes: `slotBytes` is `slot-bytes`. */
export function flagOf(property: string): string {
  return OTHER_FLAGS[property] ?? property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** An option as its user writes it: `slotBytes` in a program, `--slot-bytes` on the command line. */
export function optionName(property: string): string {
  return getEnvironmentData(SPELLING) === true ? `--${flagOf(property)}` : property
}

/** An option with its value, as its user writes it: `transport: 'socket'`, or `--transport socket`. */
export function optionText(property: string, value: string | number | boolean): string {
  const name = optionName(property)
  if (name.startsWith('--')) return value === true ? name : `${name} ${value}`
  return `${name}: ${typeof value === 'string' ? `'${value}'` : value}`
}
