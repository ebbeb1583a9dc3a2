import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { generateModule } from '../codec/generate-module.js'
import type { EndedBy } from '../foundation/ended-by.js'
import { badOption, messageOf, TickwireError } from '../foundation/errors.js'
import type { Output } from './output.js'

interface GenerateFlags {
  readonly out?: string
  readonly force?: boolean
}

/** What the first lines of a generated file say, wherever they are broken. */
const MARK = 'made by `tickwire generate`'
const MARK_WITHIN = 1000

/** Writes the module of a schema to a file, or to standard output. */
export function runGenerate(schema: string, flags: GenerateFlags, output: Output): void {
  const text = generateModule(schema, basename(schema))
  const lines = text.split('\n').length - 1
  const { out } = flags
  if (out !== undefined) write(out, text, flags.force === true)
  else if (!output.json) process.stdout.write(text)
  if (out === undefined && !output.json) return
  const endedBy: EndedBy = 'end-of-file'
  output.report({ command: 'generate', schema, out: out ?? null, lines, endedBy }, () => [
    `wrote ${out}: ${lines} lines`,
  ])
}

/** Beside it first: a file is there whole, or as it was. */
function write(path: string, text: string, force: boolean): void {
  if (!force && existsSync(path) && !readStart(path).includes(MARK)) {
    throw badOption(
      `${path} is there, and was not made by this command`,
      'Choose another name, or overwrite it with -f.',
    )
  }
  const beside = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

function readStart(path: string): string {
  try {
    return readFileSync(path, 'utf8')
      .slice(0, MARK_WITHIN)
      .replaceAll(/[\s*]+/g, ' ')
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

function cannotWrite(path: string, error: unknown): TickwireError {
  return new TickwireError(
    'TW_SYSTEM',
    `${path} cannot be written: ${messageOf(error)}`,
    'Choose a folder that is there and that you may write to.',
    { cause: error },
  )
}
