import type { TickwireError } from '../../foundation/errors.js'
import { midnightInNewYork } from '../binary-file-date.js'
import { badInput } from '../bytes/byte-input.js'
import { BinaryFileContainer, looksLikeBinaryFile } from './binary-file-container.js'
import type { CaptureWindow } from './capture-window.js'
import type { Container, ContainerContext } from './container.js'
import { isPcapHeader, PCAP_HEADER_BYTES, PcapContainer } from './pcap-container.js'
import { isPcapngHeader, PcapngContainer } from './pcapng-container.js'

/** Bytes by which a section of a pcapng is known. */
const SECTION_BYTES = 12

/**
 * The container that begins at the front of the window, told by its content. A pcap's header is taken.
 *
 * @param binary whether it is a BinaryFILE where nothing else is recognised, however it looks
 * @param day of a BinaryFILE, `YYYY-MM-DD` in New York
 * @throws {TickwireError} TW_BAD_FILE; TW_BAD_OPTION for a day that is none
 */
export function detectContainer(
  window: CaptureWindow,
  context: ContainerContext,
  binary: boolean,
  day: string | undefined,
): Container {
  const { view, start, length } = window
  if (length >= PCAP_HEADER_BYTES && isPcapHeader(view, start)) {
    return new PcapContainer(window, context)
  }
  if (length >= SECTION_BYTES && isPcapngHeader(view, start)) {
    return new PcapngContainer(window, context)
  }
  const bytes = window.bytes.subarray(start, window.end)
  if (!binary && !looksLikeBinaryFile(bytes)) throw unknownFormat(context.name, bytes)
  return new BinaryFileContainer(window, context, day === undefined ? 0 : midnightInNewYork(day))
}

function unknownFormat(name: string, bytes: Uint8Array): TickwireError {
  const what =
    bytes.length < PCAP_HEADER_BYTES
      ? `has ${bytes.length} bytes, fewer than the ${PCAP_HEADER_BYTES} of a pcap header`
      : `begins with 0x${Buffer.from(bytes.subarray(0, 4)).toString('hex')}, which is no pcap or pcapng magic number`
  return badInput(
    `${name} ${what}`,
    'Give a pcap, pcapng or NASDAQ BinaryFILE (with --framing binaryfile), plain, gzip or zstd.',
  )
}
