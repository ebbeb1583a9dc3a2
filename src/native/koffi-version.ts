import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The version of the koffi package that would be loaded; undefined where it is not installed. */
export function koffiVersion(): string | undefined {
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve('koffi')), 'package.json')
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown }
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}
