import type { OptionTable } from '../run/options/declaration.js'
import type { Output } from './output.js'

/** What the command line gives for an option, by its declaration. */
type ValueOf<Declaration> = Declaration extends { readonly kind: 'whole' | 'number' }
  ? number
  : Declaration extends { readonly kind: 'switch' }
    ? boolean
    : Declaration extends { readonly kind: 'choice'; readonly choices: readonly (infer Choice)[] }
      ? Choice
      : Declaration extends { readonly kind: 'texts' }
        ? readonly string[]
        : Declaration extends { readonly kind: 'program'; readonly value?: undefined }
          ? never
          : string

/** The options that were given. Those with a default are not filled in: whoever uses them does that. */
export type Flags<Table extends OptionTable> = {
  readonly [K in keyof Table]?: ValueOf<Table[K]>
}

/** What a command takes besides its options. */
export interface Operands {
  /** As the usage line shows it: `[endpoint...]`, `<file>`. */
  readonly usage: string
  readonly help: string
  /** How many there must be at least; 0 if left out. */
  readonly min?: number
  readonly max: number
}

/** One command: everything that its help text says, and what it does. */
export interface Command<Table extends OptionTable = OptionTable> {
  readonly operands?: readonly Operands[]
  /** Each is a flag, by its name in kebab case; `--json` and `--help` are everywhere. */
  readonly options: Table
  /** Lines that can be copied, without the prompt. */
  readonly examples: readonly string[]
  run(operands: readonly string[], flags: Flags<Table>, output: Output): Promise<void>
}

/** A command whose flags have the types of its options. */
export function command<const Table extends OptionTable>(declared: Command<Table>): Command {
  // Flags are made from this very table, so they are what `run` expects.
  return declared as unknown as Command
}
