import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the package's `examples` folder as a user names it from here, in a checkout and once installed. */
export function examplePath(file: string): string {
  const path = fileURLToPath(new URL(`../../examples/${file}`, import.meta.url))
  return relative(process.cwd(), path).split(sep).join('/')
}
