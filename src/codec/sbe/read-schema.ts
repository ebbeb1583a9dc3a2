import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { messageOf, TickwireError } from '../../foundation/errors.js'
import { parseSchema } from './parse-schema.js'
import type { SbeSchema } from './schema.js'

/** Schemas of whole exchanges have about a megabyte. */
const MAX_BYTES = 64 * 2 ** 20

/**
 * Reads an SBE schema from a file, and what it includes from beside it.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, or TW_BAD_SCHEMA with the line and what is wrong there
 */
export function readSchema(path: string): SbeSchema {
  const folder = dirname(resolve(path))
  return parseSchema(readText(path), path, (href) => {
    try {
      return readFileSync(resolve(folder, href), 'utf8')
    } catch {
      return undefined
    }
  })
}

function readText(path: string): string {
  let text: Buffer
  try {
    text = readFileSync(path)
  } catch (error) {
    throw new TickwireError(
      'TW_FILE_NOT_FOUND',
      `The schema ${path} cannot be read: ${messageOf(error)}`,
      'Give the path of an SBE schema, an XML file.',
    )
  }
  if (text.length <= MAX_BYTES) return text.toString('utf8')
  throw new TickwireError(
    'TW_BAD_SCHEMA',
    `${path} has ${text.length} bytes, which is no schema`,
    'Give the path of an SBE schema, an XML file.',
  )
}
