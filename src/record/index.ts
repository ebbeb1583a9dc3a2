/**
 * `tickwire/record`: what writes recordings, for those who have datagrams of their own to record. To record a
 * feed, give `receive` its option `record`.
 *
 * `planRecording` checks options, `RecordingWriter` writes the files, each with an index and a ledger beside
 * it, `PacketHeaders` makes the packets around payloads.
 */
export {
  type NotRecorded,
  type RecorderCounts,
  recorderCounts,
  recorderSection,
} from '../account/recorder-counters.js'
export { PacketHeaders } from './packet-headers.js'
export type { RecordedFile } from './recording-file.js'
export {
  type Fsync,
  planRecording,
  type RecordingOptions,
  type RecordingPacking,
  type RecordingPlan,
} from './recording-plan.js'
export { type FileLedger, type RecordingParts, RecordingWriter } from './recording-writer.js'
