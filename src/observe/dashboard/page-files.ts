import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the build puts the page, with the plotting library that it uses. */
const FOLDER = fileURLToPath(new URL('./page/', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** A file of the page. */
export interface PageFile {
  readonly body: Buffer
  readonly type: string
  /** Another one for other content. */
  readonly tag: string
}

/** All files of the page by the paths under which they are served; read once, nothing else is ever read. */
export function pageFiles(): [string, PageFile][] {
  return readdirSync(FOLDER).flatMap((name): [string, PageFile][] => {
    const type = TYPES[extname(name)]
    if (type === undefined) return []
    const body = readFileSync(FOLDER + name)
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    return [[name === 'index.html' ? '/' : `/${name}`, { body, type, tag }]]
  })
}
