import { TickwireError } from '../foundation/errors.js'

export const OUTPUT_FORMATS = ['jsonl', 'csv', 'parquet'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

/** What a file's name says of its content. */
export interface NamedFormat {
  readonly format: OutputFormat
  readonly packing: 'none' | 'gzip' | 'zstd'
}

/** Stands in a file's name for the type of its messages. */
export const TYPE_PLACE = '{type}'

/**
 * The format that a name ends with, packed or not: `quotes.csv.gz`.
 *
 * @throws {TickwireError} TW_BAD_OPTION
 */
export function formatOfName(file: string): NamedFormat {
  const [, name = '', extension] = /^(.*?)(\.gz|\.zst)?$/s.exec(file) ?? []
  const packing = extension === '.gz' ? 'gzip' : extension === '.zst' ? 'zstd' : 'none'
  const format = OUTPUT_FORMATS.find((one) => name.endsWith(`.${one}`))
  if (format === undefined) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `the name of ${file} does not tell a format`,
      'Let it end with .jsonl, .csv or .parquet; .gz or .zst may follow the first two.',
    )
  }
  if (format === 'parquet' && packing !== 'none') {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `${file} would be packed twice: Parquet compresses its columns itself`,
      `Call it ${name}.`,
    )
  }
  return { format, packing }
}
