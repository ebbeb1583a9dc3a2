/** What the handling side does when the handler is behind. */
export const WHEN_BEHIND = ['every', 'skip-oldest', 'conflate'] as const
export type WhenBehind = (typeof WHEN_BEHIND)[number]

export interface BehindPolicy {
  readonly when: WhenBehind
  /**
   * Slots of a line that may wait before the handler counts as behind. NaN for `conflate`: as many as a
   * batch has, so one slot where the handler is slow. NaN for `every`: no limit.
   */
  readonly limit: number
  /** For `conflate`: messages that can wait outside of the rings. */
  readonly messages: number
}
