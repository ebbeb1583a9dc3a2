import { RECEIVE_OPTIONS } from '../run/options/receive-options.js'

/** Where to begin in a stream, and how to log in: of every command that reads one. */
export const STREAM_FLAGS = {
  from: RECEIVE_OPTIONS.from,
  creds: RECEIVE_OPTIONS.creds,
  tlsCa: RECEIVE_OPTIONS.tlsCa,
  tlsCert: RECEIVE_OPTIONS.tlsCert,
  tlsKey: RECEIVE_OPTIONS.tlsKey,
} as const
