/** The framings that `send` and `publish` write. */
export const SEND_FRAMINGS = ['raw', 'moldudp64'] as const
export type SendFraming = (typeof SEND_FRAMINGS)[number]
