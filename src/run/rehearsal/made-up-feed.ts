import type { WhenFull } from '../../receive/when-full.js'
import { parseEndpoint } from '../../transport/endpoint.js'
import { SAMPLE_SESSIONS } from '../../wire/sample-datagram.js'
import { createFeedData, type FeedData } from '../memory/feed-data.js'
import { ControlBlock } from '../thread/control-block.js'

const SLOTS = 64
const SLOT_BYTES = 2048
/** With --gro, where each slot holds a train. */
const TRAIN_SLOTS = 64
const TRAIN_SLOT_BYTES = 65536
const BUFFER_BYTES = 16384
const HOLD_BYTES = 65536
const CONFLATED = 4096
const PROFILED = 8192
/** So small that it is full at times. */
const RECORD_RING_BYTES = 65536
/**
 * Nobody fills gaps here: most runs do not wait for it, others give gaps up since later messages came. Those end
 * with gaps that are open still, and wait for them: no longer than it takes later messages to come.
 */
const WAIT_NS = 100_000
const LONG_WAIT_NS = 3e6
const LONG_WAIT_EVERY = 4
const LOOPBACK = 'udp://127.0.0.1:0'
/** A source that is not ours (RFC 5737). */
const ELSEWHERE = '192.0.2.1'
/** On a feed whose sources are told apart, this run is a stranger's. */
const STRANGE_RUN = 2
/** A CPU that no thread is ever on: a rehearsing handler is not to sleep where nobody will wake it. */
const NOWHERE = -1
/** What counts as a backlog. */
const BACKLOG_SLOTS = 16

/**
 * The same feed, but small, on the loopback interface, and without an end of its own.
 *
 * @param whenFull of the thread that receives it
 */
export function madeUpFeed(data: FeedData, run: number, whenFull: WhenFull): FeedData {
  const { plan, transport, placement, epoch } = data
  const { when, limit, messages } = plan.behind
  const slots = plan.gro ? TRAIN_SLOTS : SLOTS
  const source = run === STRANGE_RUN ? ELSEWHERE : parseEndpoint(LOOPBACK).address
  const made = createFeedData(
    {
      ...plan,
      endpoints: plan.endpoints.map(() => parseEndpoint(LOOPBACK)),
      allowedSources: plan.allowedSources.map((allowed) => (allowed.length > 0 ? [source] : [])),
      slots,
      slotBytes: plan.gro ? TRAIN_SLOT_BYTES : SLOT_BYTES,
      whenFull,
      behind: {
        when,
        limit: Math.min(limit, BACKLOG_SLOTS),
        messages: Math.min(messages, CONFLATED),
      },
      receiveBufferBytes: BUFFER_BYTES,
      record: plan.record === null ? null : { ...plan.record, ringBytes: RECORD_RING_BYTES },
      profile: plan.profile === null ? null : { ...plan.profile, records: PROFILED },
      count: Number.NaN,
      books: null,
      resume: null,
      session: plan.session === undefined ? undefined : SAMPLE_SESSIONS[plan.framing],
      recover: undefined,
      policy: { ...plan.policy, waitNs: run % LONG_WAIT_EVERY === 0 ? LONG_WAIT_NS : WAIT_NS },
      holdBytes: HOLD_BYTES,
      watch: { ...plan.watch, silentNs: WAIT_NS, staleNs: WAIT_NS, checkNs: 0 },
    },
    transport,
    {
      ...placement,
      receiverSpinTurns: Number.POSITIVE_INFINITY,
      receiverCpus: placement.receiverCpus.map((cpu) => (cpu === null ? null : NOWHERE)),
    },
    epoch,
    'off',
    () => {},
  )
  // It sleeps on what the real feed's handler sleeps on.
  const { pipe } = new ControlBlock(data.control)
  return { ...made, control: new ControlBlock(undefined, pipe).buffer }
}
