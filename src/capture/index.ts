/**
 * `tickwire/capture`: recordings read and written, without sockets or threads.
 *
 * `CaptureReader` reads pcap, pcapng and NASDAQ BinaryFILE, plain or packed; `PcapWriter` writes pcap
 * with nanoseconds.
 */
export { STANDARD_INPUT } from './bytes/byte-input.js'
export type { CaptureCounts } from './capture-counts.js'
export {
  CaptureReader,
  type CaptureReaderOptions,
  type CaptureSample,
} from './capture-reader.js'
export type { CaptureFormat } from './containers/container.js'
export { canonicalDestination } from './destinations.js'
export { type FramedCapture, openFramedCapture } from './framed-capture.js'
export { LINK } from './packets/packet-parser.js'
export { PCAP_FILE_HEADER_BYTES, PcapWriter } from './pcap-writer.js'
