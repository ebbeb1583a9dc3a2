export type { LatencySummary } from './account/histogram.js'
export type { Ledger, Losses } from './account/ledger.js'
export type { LineProfile, ServiceProfile } from './account/service-profile.js'
export { AssertionError } from './foundation/assert.js'
export { currentEpoch, type SessionEpoch, sessionEpoch } from './foundation/clock.js'
export { ERROR_CODES, type ErrorCode, TickwireError } from './foundation/errors.js'
export type { WhenBehind } from './handle/behind-policy.js'
export type {
  AnyMessageView,
  FeedStatus,
  Gap,
  Handler,
  HandlerContext,
  Skip,
} from './handle/handler.js'
export { type Feed, FeedFailure } from './run/feed.js'
export type { FeedAlarm } from './run/feed-alarm.js'
export type { MessageBatch } from './run/feed-iterator.js'
export type { ReceiveOptions } from './run/options.js'
export type { ProfileReport } from './run/profiling.js'
export {
  BACK_PRESSURED,
  BAD_LENGTH,
  CLOSED,
  NOT_CONNECTED,
  type Publication,
  type PublicationReport,
} from './run/publication.js'
export { type PublishOptions, publish } from './run/publish.js'
export { receive } from './run/receive.js'
export type {
  BehindReport,
  LineReport,
  ReceiveFlowReport,
  ReceiveReport,
  RecoveryReport,
} from './run/receive-report.js'
export type { RetransmissionReport } from './run/retransmission.js'
export { send } from './run/send.js'
export type { HeldReport, SendFlowReport } from './run/send-flow.js'
export type { SendOptions } from './run/send-options.js'
export {
  SendFailure,
  type SendLineReport,
  type SendReport,
  type Transmission,
} from './run/transmission.js'
export type { RetransmissionLimits } from './send/retransmission-limits.js'
export { MARKET_DATA_BYTES, MarketDataView, SIDE } from './wire/market-data-view.js'
export { MessageView } from './wire/message-view.js'
