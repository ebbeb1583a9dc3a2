import { parseArgs } from 'node:util'
import { badOption, bounded } from '../foundation/errors.js'
import { flagOf } from '../foundation/option-name.js'
import {
  type OptionDeclaration,
  type OptionTable,
  readOptions,
  unknownOption,
} from '../run/options/declaration.js'
import type { Command, Flags } from './command.js'

/** The options of every command. */
export const COMMON_OPTIONS = {
  json: {
    kind: 'switch',
    help: 'print one JSON object at the end, and nothing else, to standard output',
  },
  help: { kind: 'switch', short: 'h', help: 'show this text' },
} as const satisfies OptionTable

/** A command line, understood. */
export interface Arguments {
  readonly operands: readonly string[]
  /** The command's own, by property; those that were given. */
  readonly flags: Flags<OptionTable>
  /** Whether the command is to be explained, not run. */
  readonly help: boolean
}

/** Whether an option has a flag: a program alone can give a function. */
export function hasFlag(declaration: OptionDeclaration): boolean {
  return declaration.kind !== 'program' || declaration.value !== undefined
}

/** Whether its flag takes a value. */
export function takesValue(declaration: OptionDeclaration): boolean {
  return declaration.kind !== 'switch'
}

/**
 * Reads what stands behind a command's name.
 *
 * @throws {TickwireError} TW_BAD_OPTION for an unknown flag (with the nearest known one), a value that is
 * missing or not possible, and for too few or too many operands
 */
export function parseArguments(args: readonly string[], command: Command): Arguments {
  const table: OptionTable = { ...command.options, ...COMMON_OPTIONS }
  const properties = new Map<string, string>()
  for (const [property, declaration] of Object.entries(table)) {
    if (hasFlag(declaration)) properties.set(flagOf(property), property)
  }
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([...properties].map(([flag, name]) => [flag, shape(table[name])])),
    strict: false,
    tokens: true,
  })
  const operands: string[] = []
  const flags: Record<string, unknown> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const property = properties.get(token.name)
    const declaration = property === undefined ? undefined : table[property]
    if (property === undefined || declaration === undefined) {
      throw unknownFlag(token.rawName, [...properties.values()])
    }
    flags[property] = readValue(token, declaration, flags[property])
  }
  readOptions(flags, table)
  const { json: _, help = false, ...own } = flags
  if (help === false) checkOperands(operands, command)
  // Each value was made for its declaration, and checked against it.
  return { operands, flags: own as Flags<OptionTable>, help: help === true }
}

function shape(declaration: OptionDeclaration | undefined) {
  const short = declaration !== undefined && 'short' in declaration ? declaration.short : undefined
  const type = declaration !== undefined && takesValue(declaration) ? 'string' : 'boolean'
  return { type, ...(short === undefined ? {} : { short }) } as const
}

interface OptionToken {
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

/** The value of a flag, of the type that its declaration has. Ranges are checked when all are read. */
function readValue(
  { rawName, value, inlineValue }: OptionToken,
  declaration: OptionDeclaration,
  before: unknown,
): unknown {
  if (!takesValue(declaration)) {
    if (value === undefined) return true
    throw badOption(
      `${rawName} takes no value, and was given "${bounded(value, 80)}"`,
      'Leave it out.',
    )
  }
  if (value === undefined || (inlineValue !== true && value.startsWith('--'))) {
    const found = value === undefined ? '' : `: ${bounded(value, 80)} follows`
    throw badOption(
      `${rawName} needs a value${found}`,
      `Write ${rawName} ${placeholder(declaration)}, or ${rawName}=${placeholder(declaration)}.`,
    )
  }
  switch (declaration.kind) {
    case 'whole':
    case 'number':
      // What is no number stays a text, and is refused as one.
      return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value)
    case 'texts':
      return [...((before as readonly string[] | undefined) ?? []), value]
    default:
      return value
  }
}

/** What stands for an option's value in help texts. */
export function placeholder(declaration: OptionDeclaration): string {
  switch (declaration.kind) {
    case 'whole':
    case 'number':
      return '<n>'
    case 'choice':
      return '<word>'
    case 'text':
    case 'texts':
    case 'program':
      return `<${declaration.value}>`
    case 'switch':
      return ''
  }
}

function unknownFlag(rawName: string, properties: readonly string[]) {
  const name = rawName.replace(/^-+/, '')
  const known = properties.map(flagOf)
  // Told by the flag, as it was typed.
  if (!rawName.startsWith('--')) return badOption(`There is no option ${rawName}`, 'See --help.')
  return unknownOption(name, known)
}

function checkOperands(operands: readonly string[], { operands: declared = [] }: Command): void {
  const min = declared.reduce((sum, one) => sum + (one.min ?? 0), 0)
  const max = declared.reduce((sum, one) => sum + one.max, 0)
  if (operands.length < min) {
    const missing = declared.filter((one) => (one.min ?? 0) > 0).map(({ usage }) => usage)
    throw badOption(`${missing.join(' ')} is missing`, 'See --help for an example.')
  }
  if (operands.length > max) {
    const extra = operands.slice(max).map((one) => `"${bounded(one, 80)}"`)
    throw badOption(
      `There ${extra.length === 1 ? 'is one argument' : `are ${extra.length} arguments`} too many: ${extra.join(', ')}`,
      'See --help for an example.',
    )
  }
}
