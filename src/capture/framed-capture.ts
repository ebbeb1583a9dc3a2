import { TickwireError } from '../foundation/errors.js'
import { detectCutFraming } from '../wire/detect-cut-framing.js'
import { detectFraming } from '../wire/detect-framing.js'
import type { CaptureFramingName } from '../wire/framing.js'
import { CaptureReader, type CaptureReaderOptions } from './capture-reader.js'
import { firstDatagramOf } from './coalesced.js'

/** A recording and the framing of its datagrams. */
export interface FramedCapture {
  readonly reader: CaptureReader
  readonly framing: CaptureFramingName
  /** False where nothing tells: no datagram is whole, and what is left of them could be anything. */
  readonly told: boolean
}

/**
 * Opens a recording whose framing is known, or `auto`: told by its content and its first 16 datagrams.
 * Coalesced datagrams of that framing are cut.
 *
 * @throws {TickwireError} as `CaptureReader.open` does; TW_BAD_OPTION where the framing cannot be told, or a
 * BinaryFILE is to be read as something else
 */
export async function openFramedCapture(
  path: string,
  framing: CaptureFramingName | 'auto',
  options: Omit<CaptureReaderOptions, 'framing'> = {},
): Promise<FramedCapture> {
  const reader = await CaptureReader.open(path, { ...options, framing })
  try {
    const found = await framingOf(reader, framing)
    // Nothing will be read wrongly.
    const used = found ?? 'raw'
    reader.cutFor(used)
    return { reader, framing: used, told: found !== undefined }
  } catch (error) {
    await reader.close()
    throw error
  }
}

async function framingOf(
  reader: CaptureReader,
  framing: CaptureFramingName | 'auto',
): Promise<CaptureFramingName | undefined> {
  const binary = reader.format === 'binaryfile'
  if (framing === 'auto') {
    if (binary) return 'binaryfile'
    const { payloads, beginnings } = await reader.sample()
    if (payloads.length === 0) return detectCutFraming(beginnings)
    return detectFraming(payloads, (name, view, length) => {
      const first = firstDatagramOf(name)
      return first === undefined ? length : first(view, 0, length)
    })
  }
  if (binary === (framing === 'binaryfile')) return framing
  throw new TickwireError(
    'TW_BAD_OPTION',
    `framing is ${framing}, and ${reader.name} is a ${binary ? 'BinaryFILE' : reader.format}`,
    binary ? 'Give --framing binaryfile.' : 'Name the framing of its datagrams, or give auto.',
  )
}
