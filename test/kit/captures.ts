import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** What a skipped test says where nobody named a folder of real captures; the runner knows it. */
export const NO_CAPTURES = 'TICKWIRE_CAPTURES names no folder of real captures'

/** A recording of an exchange, which tests may read where it lies and the project does not own or copy. */
export interface RealCapture {
  readonly path: string
  /** Why a test that needs it cannot run; false if it can. */
  readonly skip: string | false
}

/**
 * A real capture in the folder that the variable TICKWIRE_CAPTURES names.
 *
 * @throws Error if the folder is named and the file is not in it: a machine that says that it has the
 * captures must have them all
 */
export function realCapture(name: string): RealCapture {
  const folder = process.env['TICKWIRE_CAPTURES']
  if (folder === undefined || folder === '') return { path: name, skip: NO_CAPTURES }
  const path = resolve(folder, name)
  if (!existsSync(path)) throw new Error(`TICKWIRE_CAPTURES is ${folder}, and ${path} is not there`)
  return { path, skip: false }
}

/** IEX TOPS over IEX-TP, 13,022 datagrams. */
export const IEX = realCapture('iex-tops-2016.pcap.gz')
/** Two MoldUDP64 datagrams of NASDAQ's ITCH 5.0. */
export const NASDAQ = realCapture('nasdaq-itch50-two-packets.pcap')
