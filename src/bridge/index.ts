/** `tickwire/bridge/nats`: publishes a feed to a stream of NATS JetStream. */
export type { BridgeReport } from '../run/feed/bridge-report.js'
export { Bridge, BridgeFailure, type BridgeRunReport, bridge } from './bridge.js'
export type { BridgeOptions, StreamOptions } from './bridge-options.js'
