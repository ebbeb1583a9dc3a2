/** How a stream's datagrams, and so the responses, are framed. Requests always are MoldUDP64's. */
export const RESPONSE_FRAMINGS = ['raw', 'moldudp64', 'iex-tp'] as const
export type ResponseFraming = (typeof RESPONSE_FRAMINGS)[number]
