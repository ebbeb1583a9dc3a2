/** A change of the state of a line, or of the feed. */
export interface FeedAlarm {
  /**
   * - `line-silent`, `line-behind`: a line brings nothing, or lags far behind, while another goes on;
   *   `line-live`: it does well again.
   * - `line-failing`: receiving fails, again and again, with the error that the report names in
   *   `lines[].lastReceiveError`.
   * - `stale`: no line has brought anything, not even a heartbeat, for too long; `live`: one did again.
   */
  readonly kind: 'line-silent' | 'line-behind' | 'line-live' | 'line-failing' | 'stale' | 'live'
  /** Index of the line that it is about; -1: the feed. */
  readonly line: number
}
