export type { BooksRunReport } from './account/book-counters.js'
export type { LatencySummary } from './account/histogram.js'
export type { Ledger, Losses } from './account/ledger.js'
export type { LineProfile, ServiceProfile } from './account/profile/service-profile.js'
export type { BookTop } from './account/top-section.js'
export type { Book, BookChange, Books } from './book/index.js'
export { AssertionError } from './foundation/assert.js'
export { currentEpoch, type SessionEpoch, sessionEpoch } from './foundation/clock.js'
export type { EndedBy } from './foundation/ended-by.js'
export { ERROR_CODES, type ErrorCode, TickwireError } from './foundation/errors.js'
export type { WhenBehind } from './handle/behind-policy.js'
export type {
  AnyMessageView,
  FeedStatus,
  Gap,
  HandlerContext,
  Skip,
  ViewOf,
} from './handle/handler.js'
export type { ProtocolHandler as Handler } from './handle/protocol-handler.js'
export type { RetransmissionLimits } from './retransmit/limits.js'
export type { Feed } from './run/feed/feed.js'
export type { FeedAlarm } from './run/feed/feed-alarm.js'
export { FeedFailure } from './run/feed/feed-failure.js'
export type { MessageBatch } from './run/feed/feed-iterator.js'
export type { ProfileReport } from './run/feed/profiling.js'
export type {
  BehindReport,
  LineReport,
  ReceiveFlowReport,
  ReceiveReport,
  RecoveryReport,
} from './run/feed/receive-report.js'
export type { Endpoints } from './run/options/endpoint-names.js'
export type { ReceiveOptions } from './run/options/receive-options.js'
export type { SendOptions } from './run/options/send-options.js'
export { type PublishOptions, publish } from './run/publish.js'
export { receive } from './run/receive.js'
export { send } from './run/send.js'
export {
  BACK_PRESSURED,
  BAD_LENGTH,
  CLOSED,
  NOT_CONNECTED,
  type Publication,
  type PublicationReport,
} from './run/transmission/publication.js'
export type { RetransmissionReport } from './run/transmission/request-server.js'
export type {
  HeldReport,
  SendFlowReport,
  SendLineReport,
  SendReport,
} from './run/transmission/send-report.js'
export { SendFailure, type Transmission } from './run/transmission/transmission.js'
export { MARKET_DATA_BYTES, MarketDataView, SIDE } from './wire/market-data-view.js'
export { MessageView } from './wire/message-view.js'
