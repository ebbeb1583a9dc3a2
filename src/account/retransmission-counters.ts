import type { CounterSection } from './counters-layout.js'

/**
 * What a retransmission server counts, in shared memory. The server's thread alone writes; any thread
 * may read, and sees figures that are at most a moment old.
 *
 * `requests` = those that drew a response + the sum of those that were refused + `faults`.
 */
export const RETRANSMISSION = {
  /** Datagrams that came in, whatever was in them. */
  requests: 0,
  /** Datagrams that went out. */
  responses: 1,
  /** Messages in those. */
  messages: 2,
  /** UDP payload of those. */
  bytes: 3,
  /** Responses that the kernel did not take. They are in `responses` too. */
  unsent: 4,
  /** Refused: not the 20 bytes of a request, a count that wants nothing, or a source port of 0. */
  malformed: 5,
  /** Refused: of another session than what is being sent. */
  otherSession: 6,
  /** Refused: the first message wanted is not kept any more, or never was there. */
  gone: 7,
  /** Refused: the first message wanted has not been sent yet. */
  notYet: 8,
  /** Refused: the first message wanted is longer than a response may be. */
  tooLong: 9,
  /** Refused: this client has had its share. */
  clientRate: 10,
  /** Refused: all clients together have had theirs. */
  totalRate: 11,
  /** Requests that made the server fail. They drew no response and are in no refusal. */
  faults: 12,
  /** Times that the server died and another took its place; written by the thread that began it. */
  restarts: 13,
} as const

/** The reasons for which a request draws no response. */
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

export const RETRANSMISSION_LABEL = 'retransmission'

export function retransmissionSection(): CounterSection {
  return {
    kind: 'counters',
    label: RETRANSMISSION_LABEL,
    bytes: COUNTER_COUNT * 8,
    fields: RETRANSMISSION,
  }
}

/** Counters by themselves, in memory of their own. */
export function createRetransmissionCounters(): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(COUNTER_COUNT * 8))
}
