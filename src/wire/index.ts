/** `tickwire/wire`: message layouts and framings, without threads, sockets or FFI. */
export { currentEpoch, type SessionEpoch, sessionEpoch } from '../foundation/clock.js'
export { BINARY_FILE_SEQUENCE_BYTES, BinaryFileFraming } from './binary-file-framing.js'
export { createFraming } from './create-framing.js'
export { detectFraming } from './detect-framing.js'
export {
  CAPTURE_FRAMING_NAMES,
  type CaptureFramingName,
  DATAGRAM,
  FRAMING_NAMES,
  type Framing,
  type FramingName,
} from './framing.js'
export { IEX_TP_HEADER_BYTES, IEX_TP_VERSION, IexTpFraming } from './iex-tp-framing.js'
export {
  MARKET_DATA_BYTES,
  MARKET_DATA_OFFSETS,
  MarketDataView,
  SIDE,
  type Side,
} from './market-data-view.js'
export { MarketDataWriter } from './market-data-writer.js'
export { MDP3_HEADER_BYTES, MDP3_SIZE_BYTES, Mdp3Framing } from './mdp3-framing.js'
export { MessageView } from './message-view.js'
export {
  decodeMoldSession,
  encodeMoldSession,
  MOLD_BLOCK_HEADER_BYTES,
  MOLD_COUNT_OFFSET,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  MOLD_MAX_COUNT,
  MOLD_SEQUENCE_OFFSET,
  MOLD_SESSION_BYTES,
  MoldRequest,
  readMoldSequence,
  sessionEquals,
  writeMoldHeader,
} from './moldudp64.js'
export { MoldUdp64Framing } from './moldudp64-framing.js'
export { RawFraming } from './raw-framing.js'
