import { optionName } from '../../foundation/option-name.js'
import type { NamedStream } from '../../handle/notices/other-streams.js'

const CODE_OF_A = 65

/** A change of the state of a line, or of the feed. */
export interface FeedAlarm {
  /**
   * - `line-silent`, `line-behind`: a line brings nothing, or lags far behind, while another goes on;
   *   `line-live`: it does well again.
   * - `line-failing`: receiving fails, again and again, with the error that the report names in
   *   `lines[].lastReceiveError`.
   * - `line-left`: the interface on which the line's group was joined is gone; `line-joined`: it is there
   *   again, and the group was joined again.
   * - `stale`: no line has brought anything, not even a heartbeat, for too long; `live`: one did again.
   * - `second-stream`: another stream alternates with the feed's on a line: `streams` names both, as far as they
   *   are known; `single-stream`: no longer.
   * - `recording-slow`: datagrams come faster than they can be written, and some are not recorded;
   *   `recording-full`: the disk is full; `recording-failing`: it cannot be written for another reason;
   *   `recording-live`: it is written again.
   * - `server-silent`: the retransmission server has answered none of many requests; `server-live`: it did.
   */
  readonly kind:
    | 'line-silent'
    | 'line-behind'
    | 'line-live'
    | 'line-failing'
    | 'line-left'
    | 'line-joined'
    | 'stale'
    | 'live'
    | 'second-stream'
    | 'single-stream'
    | 'recording-slow'
    | 'recording-full'
    | 'recording-failing'
    | 'recording-live'
    | 'server-silent'
    | 'server-live'
  /** Index of the line that it is about; -1: the feed. */
  readonly line: number
  /** With `second-stream`: the feed's own stream and the others, with their senders. */
  readonly streams?: readonly NamedStream[]
}

/** What a line is called among the lines of a feed: A, B, … */
export function lineName(line: number): string {
  return String.fromCharCode(CODE_OF_A + line)
}

/** What to do about two streams on one group and port. */
export const SECOND_STREAM_REMEDY =
  'Name the session (--session) or the source (--allow-source, or source= in the endpoint), or give each stream a port of its own.'

/** Who is beside whom: ` (session B from 10.0.0.2:7000, beside session A from 10.0.0.1:7000)`. */
export function streamsText(streams: readonly NamedStream[]): string {
  const others = namesOf(streams, 'other')
  const own = namesOf(streams, 'own')
  if (others.length === 0) return ''
  return ` (${others.join(', ')}${own.length > 0 ? `, beside ${own.join(', ')}` : ''})`
}

/** The streams of one role in words, each with its senders if any of them is known. */
export function namesOf(streams: readonly NamedStream[], role: NamedStream['role']): string[] {
  const ofRole = streams.filter((one) => one.role === role)
  const sourced = new Set(ofRole.filter(({ source }) => source !== null).map((one) => one.stream))
  const texts = ofRole
    .filter(({ stream, source }) => source !== null || !sourced.has(stream))
    .map(({ stream, source }) => `${stream} ${source === null ? '' : `from ${source}`}`.trim())
  return [...new Set(texts)].filter((text) => text !== '')
}

/** An alarm in a sentence. */
export function alarmText(
  { kind, line, streams }: FeedAlarm,
  endpoints: readonly string[],
): string {
  const subject = `Line ${lineName(line)} (${endpoints[line]})`
  switch (kind) {
    case 'line-silent':
      return `${subject} is silent, while another line goes on.`
    case 'line-behind':
      return `${subject} is far behind another line.`
    case 'line-live':
      return `${subject} is live again.`
    case 'line-failing':
      return `${subject} cannot be received: the kernel refuses again and again.`
    case 'line-left':
      return `${subject} is deaf: the interface on which its group was joined is gone.`
    case 'line-joined':
      return `${subject} is joined again: its interface was made anew.`
    case 'stale':
      return 'The feed is stale: nothing comes on any line, not even a heartbeat.'
    case 'live':
      return 'The feed is heard again.'
    case 'second-stream':
      return `${subject} carries a second stream${streamsText(streams ?? [])}, whose messages are not delivered (lines[].messages.foreign and conflicts). ${SECOND_STREAM_REMEDY}`
    case 'single-stream':
      return `${subject} carries one stream again.`
    case 'recording-slow':
      return 'The disk is slower than the feed: datagrams are not recorded, and counted as notRecorded.slow.'
    case 'recording-full':
      return 'The disk is full: datagrams are not recorded, and counted as notRecorded.diskFull. Make room; it goes on by itself.'
    case 'recording-failing':
      return 'The recording cannot be written: datagrams are counted as notRecorded.failed. Look at its folder; it goes on by itself.'
    case 'recording-live':
      return 'The recording is written again.'
    case 'server-silent':
      return `The retransmission server answers no request. Look whether it runs at the address given as ${optionName('recover')}, and for this session.`
    case 'server-live':
      return 'The retransmission server answers again.'
  }
}
