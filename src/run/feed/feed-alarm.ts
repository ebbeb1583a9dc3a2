import { optionName } from '../../foundation/option-name.js'

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
    | 'server-silent'
    | 'server-live'
  /** Index of the line that it is about; -1: the feed. */
  readonly line: number
}

/** What a line is called among the lines of a feed: A, B, … */
export function lineName(line: number): string {
  return String.fromCharCode(CODE_OF_A + line)
}

/** An alarm in a sentence. */
export function alarmText({ kind, line }: FeedAlarm, endpoints: readonly string[]): string {
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
    case 'server-silent':
      return `The retransmission server answers no request. Look whether it runs at the address given as ${optionName('recover')}, and for this session.`
    case 'server-live':
      return 'The retransmission server answers again.'
  }
}
