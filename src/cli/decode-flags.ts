import { RECEIVE_OPTIONS } from '../run/options/receive-options.js'
import { CAPTURE_FRAMING_NAMES } from '../wire/framing.js'
import { STREAM_FLAGS } from './stream-flags.js'

export const DECODE_FLAGS = {
  output: {
    kind: 'text',
    value: 'file',
    short: 'o',
    help: 'write rows to this file: .jsonl, .csv or .parquet, the first two also .gz or .zst; {type} stands for the type',
  },
  force: { kind: 'switch', short: 'f', help: 'replace a file that is there' },
  type: { kind: 'texts', value: 'types', help: 'write only messages of these types: a,b' },
  instrument: { kind: 'texts', value: 'symbols', help: 'write only messages about these: A,B' },
  limit: { kind: 'whole', min: 1, help: 'stop after this many rows' },
  pretty: { kind: 'switch', help: 'write times in ISO form' },
  stats: { kind: 'switch', help: 'print what is in it instead of the messages' },
  index: {
    kind: 'switch',
    help: 'write FILE.index, with the books of many moments, so that book --at is fast',
  },
  framing: {
    kind: 'choice',
    choices: ['auto', ...CAPTURE_FRAMING_NAMES],
    otherwise: 'auto for a recording or a stream, else raw',
    help: 'read datagrams in this framing',
  },
  protocol: {
    kind: 'text',
    value: 'name',
    default: 'auto',
    help: 'read messages of auto, none, native, itch50, tops16, deep10, deepplus10 or sbe:FILE.xml',
  },
  session: { kind: 'text', value: 'id', help: 'read only this session' },
  count: { ...RECEIVE_OPTIONS.count, help: 'stop a live feed after this many messages' },
  durationMs: { ...RECEIVE_OPTIONS.durationMs, help: 'stop a live feed after this time' },
  idleExitMs: RECEIVE_OPTIONS.idleExitMs,
  firstWithinMs: RECEIVE_OPTIONS.firstWithinMs,
  ...STREAM_FLAGS,
  date: { kind: 'text', value: 'day', help: 'count times of day from this day: 2026-03-02' },
} as const
