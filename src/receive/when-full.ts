/** What the receiver does when the ring is full. */
export const WHEN_FULL = ['wait', 'drop-newest'] as const
export type WhenFull = (typeof WHEN_FULL)[number]
