import type { ProtocolTable } from '../../src/codec/table/field-table.js'
import { DEEP10, DEEPPLUS10, TOPS16 } from '../../src/codec/tables/iex.js'
import { ITCH50 } from '../../src/codec/tables/itch50.js'

/** Which tables each folder of generated code in src/codec is made from. */
export const GENERATED_FOLDERS: Readonly<Record<string, readonly ProtocolTable[]>> = {
  itch50: [ITCH50],
  iex: [TOPS16, DEEP10, DEEPPLUS10],
}
