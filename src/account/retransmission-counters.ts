/**
 * What a retransmission server counts, in shared memory. The server's thread alone writes; any thread
 * may read, and sees figures that are at most a moment old.
 *
 * `requests` = those that were answered + the sum of those that were refused.
 */
export const RETRANSMISSION = {
  /** Datagrams that came in, whatever was in them. */
  requests: 0,
  /** Datagrams that went out. */
  replies: 1,
  /** Messages in those. */
  messages: 2,
  /** UDP payload of those. */
  bytes: 3,
  /** Replies that the kernel did not take. They are in `replies` too. */
  unsent: 4,
  /** Refused: not the 20 bytes of a request, or a count that asks for nothing. */
  malformed: 5,
  /** Refused: of another session than what is being sent. */
  otherSession: 6,
  /** Refused: the first message wanted is not kept any more, or never was there. */
  gone: 7,
  /** Refused: the first message wanted has not been sent yet. */
  notYet: 8,
  /** Refused: the first message wanted is longer than a reply may be. */
  tooLong: 9,
  /** Refused: this client has had its share. */
  clientRate: 10,
  /** Refused: all clients together have had theirs. */
  totalRate: 11,
} as const

/** The reasons for which a request draws no answer. */
export const REFUSALS = [
  'malformed',
  'otherSession',
  'gone',
  'notYet',
  'tooLong',
  'clientRate',
  'totalRate',
] as const
export type Refusal = (typeof REFUSALS)[number]

const COUNTER_COUNT = 16

export function createRetransmissionCounters(): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(COUNTER_COUNT * 8))
}
