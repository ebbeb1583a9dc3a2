import { badOption, bounded } from '../../foundation/errors.js'
import { nearest } from '../../foundation/nearest.js'
import { optionName, optionText } from '../../foundation/option-name.js'

/** An option's value in a message: long ones are cut. */
const MAX_SHOWN = 80

interface Described {
  /** What it does, beginning with a verb, in the words of the help text. */
  readonly help: string
  /** What stands for a missing value, where that is not one fixed `default`. */
  readonly otherwise?: string
}

/** A whole number within bounds. */
export interface WholeOption extends Described {
  readonly kind: 'whole'
  readonly min: number
  readonly max?: number
  readonly default?: number
  /** `null` is a value too, and means none. */
  readonly none?: true
}

/** A finite number of at least `min`. */
export interface NumberOption extends Described {
  readonly kind: 'number'
  readonly min: number
  readonly default?: number
}

/** One of some words. */
export interface ChoiceOption<Choice extends string = string> extends Described {
  readonly kind: 'choice'
  readonly choices: readonly Choice[]
  readonly default?: Choice
}

/** A text; `value` says in a word what of: `file`, `url`. */
export interface TextOption extends Described {
  readonly kind: 'text'
  readonly value: string
  readonly default?: string
  /** One letter by which it can be given too. */
  readonly short?: string
}

/** One text or several: a flag that may be given again and again. */
export interface TextsOption extends Described {
  readonly kind: 'texts'
  readonly value: string
}

/** On or off; as a flag it takes no value. */
export interface SwitchOption extends Described {
  readonly kind: 'switch'
  readonly default?: boolean
  readonly short?: string
}

/**
 * What only a program can give, such as a function. Checked where it is used. With `value` the command line
 * has a flag for it all the same, which takes a text.
 */
export interface ProgramOption {
  readonly kind: 'program'
  readonly help?: string
  readonly otherwise?: string
  readonly value?: string
}

/** What is known of one option: the one place where its bounds, its default and its help stand. */
export type OptionDeclaration =
  | WholeOption
  | NumberOption
  | ChoiceOption
  | TextOption
  | TextsOption
  | SwitchOption
  | ProgramOption

/** Options by the names of their properties, in the order of the help text. */
export type OptionTable = Readonly<Record<string, OptionDeclaration>>

type DeclarationOf<Value> =
  | ProgramOption
  | ([Value] extends [number | null]
      ? WholeOption | NumberOption
      : [Value] extends [boolean]
        ? SwitchOption
        : [Value] extends [string]
          ? string extends Value
            ? TextOption
            : ChoiceOption<Value>
          : [Value] extends [string | readonly string[]]
            ? TextsOption
            : never)

/** A table that has each option of an interface, with a declaration that fits the option's type. */
export type TableOf<Options> = {
  readonly [K in keyof Required<Options>]: DeclarationOf<Exclude<Options[K], undefined>>
}

/** Options of which those with a default are there. */
export type WithDefaults<Options, Table> = {
  readonly [K in keyof Required<Options>]: K extends keyof Table
    ? Table[K] extends { readonly default: unknown }
      ? Exclude<Options[K], undefined>
      : Options[K] | undefined
    : Options[K] | undefined
}

/**
 * Checks options that a program or the command line gives, each for itself, and fills in the defaults.
 *
 * @throws {TickwireError} TW_BAD_OPTION for an unknown option, with the nearest known name; for a value of
 * another type, that is NaN, out of bounds, or none of the choices
 */
export function readOptions<Options extends object, const Table extends OptionTable>(
  options: Options,
  table: Table,
): WithDefaults<Options, Table> {
  if (typeof options !== 'object' || options === null) {
    throw badOption(`The options are ${shown(options)}`, 'Give an object: { name: value }.')
  }
  const read: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, Object.keys(table))
    if (value !== undefined) checkValue(name, value, table[name] as OptionDeclaration)
    read[name] = value
  }
  for (const [name, declaration] of Object.entries(table)) {
    if ('default' in declaration) read[name] ??= declaration.default
  }
  // Each value was checked against its declaration, which the table's type ties to the option's.
  return read as WithDefaults<Options, Table>
}

/** The error for an option that does not exist. */
export function unknownOption(name: string, known: readonly string[]) {
  const meant = nearest(name, known)
  return badOption(
    `There is no option ${optionName(bounded(name, MAX_SHOWN))}`,
    meant === undefined
      ? 'Leave it out.'
      : `Did you mean ${optionName(meant)}? If not, leave it out.`,
  )
}

function checkValue(name: string, value: unknown, declaration: OptionDeclaration): void {
  switch (declaration.kind) {
    case 'whole':
      if (value === null && declaration.none === true) return
      whole(name, value, declaration.min, declaration.max)
      return
    case 'number':
      if (typeof value === 'number' && value >= declaration.min && Number.isFinite(value)) return
      throw wrong(name, value, `Give a number of at least ${declaration.min}.`)
    case 'choice':
      oneOf(name, value, declaration.choices)
      return
    case 'text':
      if (typeof value === 'string') return
      throw wrong(name, value, 'Give a text.')
    case 'texts':
      if (typeof value === 'string') return
      if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return
      throw wrong(name, value, 'Give a text, or a list of texts.')
    case 'switch':
      if (typeof value === 'boolean') return
      throw wrong(name, value, 'Give true or false.')
    case 'program':
      return
  }
}

/** A whole number within bounds. @throws {TickwireError} TW_BAD_OPTION */
export function whole(
  name: string,
  value: unknown,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value
  }
  const range =
    max === Number.MAX_SAFE_INTEGER
      ? `of at least ${min}`
      : `from ${min} to ${max.toLocaleString('en')}`
  throw wrong(name, value, `Give a whole number ${range}.`)
}

/** One of the allowed words. @throws {TickwireError} TW_BAD_OPTION */
export function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  const meant = typeof value === 'string' ? nearest(value, allowed) : undefined
  const hint = meant === undefined ? '' : ` Did you mean ${optionText(name, meant)}?`
  throw wrong(name, value, `Choose one of: ${allowed.join(', ')}.${hint}`)
}

/** The error for options that mean nothing beside each other: it is always refused, never ignored. */
export function meaningless(property: string, why: string, remedy: string) {
  return badOption(`${optionName(property)} means nothing here: ${why}`, remedy)
}

function wrong(name: string, value: unknown, remedy: string) {
  return badOption(`${optionName(name)} is ${shown(value)}`, remedy)
}

/** A value as its user would write it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `"${bounded(value, MAX_SHOWN)}"`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
