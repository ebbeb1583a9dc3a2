import { flagOf } from '../foundation/option-name.js'
import type { OptionDeclaration, OptionTable } from '../run/options/declaration.js'
import { COMMON_OPTIONS, hasFlag, placeholder } from './arguments.js'
import type { Command } from './command.js'
import { COMMANDS } from './commands.js'

const DEFAULT_COLUMNS = 80
/** Where descriptions begin, unless the terms are shorter. */
const WIDEST_TERM = 34
/** Descriptions narrower than this stand below their term. */
const NARROWEST_TEXT = 30

/** The help text of the program. */
export function programHelp(width?: number): string {
  const columns = columnsOf(width)
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const)
  return [
    'Usage: tickwire <command> [options]',
    '',
    'Receive and send market data over UDP, with every message accounted for.',
    '',
    'Commands:',
    ...definitions(commands, columns),
    '',
    'Options:',
    ...definitions(
      [
        ['-V, --version', 'show the version'],
        ['-h, --help', 'show this text, or that of a command'],
      ],
      columns,
    ),
    '',
    'Example:',
    '  $ tickwire demo',
    '',
  ].join('\n')
}

/** The help text of one command. */
export function commandHelp(name: string, command: Command, width?: number): string {
  const columns = columnsOf(width)
  const { operands = [], options, examples } = command
  const usage = operands.map((one) => one.usage).join(' ')
  const lines = [
    `Usage: tickwire ${name} [options]${usage === '' ? '' : ` ${usage}`}`,
    '',
    ...wrap(`${COMMANDS[name]?.summary ?? ''}.`, columns),
  ]
  if (operands.length > 0) {
    const terms = operands.map((one) => [one.usage, one.help] as const)
    lines.push('', 'Arguments:', ...definitions(terms, columns))
  }
  lines.push('', 'Options:', ...definitions(flagTerms({ ...options, ...COMMON_OPTIONS }), columns))
  lines.push('', 'Example:')
  lines.push(...examples.map((example) => `  $ tickwire ${example}`), '')
  return lines.join('\n')
}

/** A terminal that does not know its width may say that it is 0. */
function columnsOf(width: number | undefined): number {
  return width === undefined || width === 0 ? DEFAULT_COLUMNS : width
}

/** Each flag of a table with what it does: `--slots <n>`, "give the ring … (default: 1024)". */
export function flagTerms(table: OptionTable): (readonly [string, string])[] {
  return Object.entries(table)
    .filter(([, declaration]) => hasFlag(declaration))
    .map(([property, declaration]) => [term(property, declaration), description(declaration)])
}

function term(property: string, declaration: OptionDeclaration): string {
  const short = 'short' in declaration ? `-${declaration.short}, ` : ''
  return `${short}--${flagOf(property)} ${placeholder(declaration)}`.trimEnd()
}

function description(declaration: OptionDeclaration): string {
  const { help = '' } = declaration
  const words = declaration.kind === 'choice' ? `: ${declaration.choices.join(', ')}` : ''
  const fallback = defaultText(declaration)
  return `${help}${words}${fallback === undefined ? '' : ` (default: ${fallback})`}`
}

/** The default of an option in words; undefined where there is none to tell. */
export function defaultText(declaration: OptionDeclaration): string | undefined {
  if ('default' in declaration && typeof declaration.default !== 'boolean') {
    return String(declaration.default)
  }
  return declaration.otherwise
}

/** Terms in one column, what they mean in another; below each other where the terminal is narrow. */
function definitions(pairs: readonly (readonly [string, string])[], columns: number): string[] {
  const longest = Math.max(...pairs.map(([name]) => name.length))
  const indent = Math.min(longest, WIDEST_TERM) + 4
  if (columns - indent < NARROWEST_TEXT) {
    return pairs.flatMap(([name, text]) => [
      `  ${name}`,
      ...wrap(text, columns - 6).map((line) => `      ${line}`),
    ])
  }
  return pairs.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrap(text, columns - indent)
    const head = `  ${name}`
    const lines =
      head.length + 2 > indent ? [head, ' '.repeat(indent) + first] : [head.padEnd(indent) + first]
    return [...lines, ...rest.map((line) => ' '.repeat(indent) + line)]
  })
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
