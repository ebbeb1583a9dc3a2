import { type Command, InvalidArgumentError, Option } from 'commander'

/** A whole number on the command line; ranges are checked where the option is understood. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number.')
  }
  return value
}

/** A number of at least 0. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0) || value === Number.POSITIVE_INFINITY) {
    throw new InvalidArgumentError('It must be a number of at least 0.')
  }
  return value
}

/** An option with a whole number, named with its unit. */
export function numberOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(wholeNumber)
}

/** An option that may be given several times, and is a list. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
  )
}

/** An option that takes one of some words. */
export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
  fallback?: string,
): Option {
  const option = new Option(flags, description).choices(choices)
  return fallback === undefined ? option : option.default(fallback)
}

/** `--json`, the same for every command. */
export function addJsonOption(command: Command): Command {
  return command.option(
    '--json',
    'print one JSON object at the end, and nothing else, to standard output',
  )
}

/** `--no-pin` sets `pin` to false; a CPU that was not given is undefined. */
export function cpuChoice(pin: boolean, cpu: number | undefined): number | null | undefined {
  return pin ? cpu : null
}
