import { PROTOCOLS } from '../../src/codec/protocols.js'
import { emitProtocolTables } from './emit-page.js'

export const PROTOCOLS_PAGE = 'docs/protocols.md'
/** The line behind which the page is generated. */
const MARK = '<!-- tables: made by `npm run generate` from src/codec/tables -->'

/** The page with the tables of all protocols behind its prose. */
export function withTables(page: string): string {
  const prose = page.slice(0, page.indexOf(MARK) + MARK.length)
  const tables = Object.values(PROTOCOLS).map(({ table }) => table)
  return `${prose}\n\n${emitProtocolTables(tables)}`
}
