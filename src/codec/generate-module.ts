import { readFileSync } from 'node:fs'
import { messageOf, TickwireError } from '../foundation/errors.js'
import { emitTableModule } from './generate/emit-table-module.js'
import { emitTypeScript } from './sbe/emit-module.js'
import { readSchema } from './sbe/read-schema.js'
import { parseTable } from './table/parse-table.js'

/**
 * The text of a stand-alone TypeScript module for an SBE schema or a field table in JSON, told by
 * content.
 *
 * @param name what the module's first lines say that it was made from
 * @throws {TickwireError} TW_FILE_NOT_FOUND, or TW_BAD_SCHEMA with what is wrong and where
 */
export function generateModule(path: string, name: string): string {
  const source = name.replaceAll(/\*\/|[‹›\n]/g, '')
  const text = read(path)
  if (text.trimStart().startsWith('{')) {
    return emitTableModule(parseTable(text, path), source)
  }
  return emitTypeScript(readSchema(path), source)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new TickwireError(
      'TW_FILE_NOT_FOUND',
      `The schema ${path} cannot be read: ${messageOf(error)}`,
      'Give the path of an SBE schema (XML) or of a field table (JSON).',
    )
  }
}
