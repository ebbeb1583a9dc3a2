import assert from 'node:assert/strict'

/** The type of a field as users were promised it; a list has something in it, a map may be empty. */
type Field =
  | ('number' | 'number?' | 'string' | 'string?' | 'boolean' | 'boolean?')
  | ('strings' | 'numbers' | 'ns' | 'endedBy')
  | Shape
  | [Shape]

interface Shape {
  readonly [name: string]: Field
}

const ENDINGS: readonly string[] = [
  ...['count', 'duration', 'idle', 'end-of-session', 'end-of-file'],
  ...['signal', 'abort', 'failure'],
]

const RECEIVE: Shape = {
  command: 'string',
  transport: 'string',
  framing: 'string',
  datagrams: 'number',
  messages: 'number',
  delivered: 'number',
  ledger: {
    expected: 'number',
    delivered: 'number',
    skipped: 'number',
    lost: {
      kernel: 'number?',
      ring: 'number',
      network: 'number',
      invalid: 'number',
      unrecovered: 'number',
      cutOff: 'number',
      total: 'number',
    },
    duplicates: 'number',
    recovered: 'number',
    balanced: 'boolean',
  },
  lines: [
    {
      endpoint: 'string',
      datagrams: 'number',
      kernelDrops: 'number?',
      firstToArrive: 'number',
      messages: {
        seen: 'number',
        first: 'number',
        duplicates: 'number',
        compared: 'number',
        conflicts: 'number?',
        late: 'number',
        tooLate: 'number',
        held: 'number',
        foreign: 'number',
      },
      otherSources: 'number?',
    },
  ],
  earlyMessages: 'number',
  elapsedSeconds: 'number?',
  messagesPerSecond: 'number?',
  efficiencyPercent: 'number?',
  latencyNs: {
    count: 'number',
    p50: 'number?',
    p90: 'number?',
    p99: 'number?',
    p999: 'number?',
    max: 'number?',
  },
  latencyFrom: 'string?',
  ring: { slots: 'number', slotBytes: 'number', highWater: 'number', fullCount: 'number' },
  receiveBufferBytes: { asked: 'number', granted: 'number' },
  garbageCollections: { receiver: 'number?', handler: 'number?' },
  pinned: { receiver: 'number?', handler: 'number?' },
  missing: 'strings',
  joinedAtSequence: 'number?',
  endedBy: 'string?',
  warnings: 'strings',
  behind: { policy: 'string', limitSlots: 'number?', skips: 'number', pending: 'number' },
}

const SEND: Shape = {
  command: 'string',
  messages: 'number?',
  datagrams: 'number',
  refused: 'number',
  elapsedSeconds: 'number?',
  messagesPerSecond: 'number?',
  paceErrorNs: { p50: 'number?', p99: 'number?', max: 'number?' },
  endedBy: 'string?',
}

const LEVEL: Shape = { price: 'number', quantity: 'number', orders: 'number?' }

const BOOK: Shape = {
  ...{ command: 'string', protocol: 'string', instrument: 'string' },
  ...{ sequence: 'number?', atNs: 'string?', state: 'string' },
  suspect: { sinceSequence: 'number', cause: 'string', messages: 'number' },
  bids: [LEVEL],
  asks: [LEVEL],
  lastTrade: { price: 'number', quantity: 'number', atNs: 'string' },
  ...{ trades: 'number', volume: 'number' },
  faults: { unknownOrders: 'number', overExecuted: 'number', crossed: 'number' },
  ...{ hash: 'string', instruments: 'number', allHash: 'string', elapsedSeconds: 'number' },
  endedBy: 'endedBy',
}

const DIFF: Shape = {
  ...{ command: 'string', instruments: 'number', messages: 'number' },
  firstDifference: {
    ...{ sequence: 'number', instrument: 'string' },
    a: { instrument: 'string', state: 'string', hash: 'string' },
    b: { instrument: 'string', state: 'string', hash: 'string' },
  },
  endedBy: 'endedBy',
}

const COMPARE: Shape = {
  command: 'string',
  lines: [
    {
      ...{ endpoint: 'string', messages: 'number', lost: 'number', firstToArrive: 'number' },
      leadNs: { count: 'number', p50: 'number?', p99: 'number?', max: 'number?' },
    },
  ],
  ...{ lostOnBoth: 'number', saved: 'number' },
  bursts: [{ firstSequence: 'number', lastSequence: 'number', count: 'number' }],
  endedBy: 'endedBy',
}

const CAPTURE: Shape = {
  packets: 'number',
  otherPackets: 'numbers',
  truncated: 'number',
  fragments: { reassembled: 'number', incomplete: 'number' },
  cut: 'number',
}

/** Of a run over a recording: nothing is behind, nothing waits, and nobody knows when it was sent. */
const RECEIVE_CAPTURE: Shape = {
  ...Object.fromEntries(
    Object.entries(RECEIVE).filter(
      ([name]) => !['latencyNs', 'ring', 'receiveBufferBytes', 'pinned'].includes(name),
    ),
  ),
  recordedSeconds: 'number',
  capture: CAPTURE,
  books: {
    ...{ instruments: 'number', suspect: 'number', suspectSeconds: 'number' },
    byCause: 'numbers',
  },
}

const RECORD: Shape = {
  command: 'string',
  files: [{ file: 'string', packets: 'number', bytes: 'number', firstNs: 'ns', lastNs: 'ns' }],
  recorded: 'number',
  notRecorded: { diskFull: 'number', slow: 'number' },
  ledger: RECEIVE['ledger'] as Shape,
  endedBy: 'endedBy',
}

const DECODE: Shape = {
  ...{ command: 'string', protocol: 'string', datagrams: 'number', heartbeats: 'number' },
  ...{ messages: 'number', gaps: 'number', restarts: 'number', byType: 'numbers' },
  ...{ unknown: 'numbers', messageFaults: 'number', instruments: 'number' },
  ...{ firstNs: 'ns', lastNs: 'ns', capture: CAPTURE, endedBy: 'endedBy' },
  peaks: { '1ms': 'number', '10ms': 'number', '100ms': 'number', '1s': 'number' },
}

const TUNE: Shape = {
  ...{ command: 'string', datagrams: 'number', messages: 'number', zeroLossSlots: 'number' },
  capacities: [
    {
      ...{ slots: 'number', lossPercent: 'number', lostMessages: 'number' },
      ...{ waitNs: { p50: 'number', p99: 'number' }, bytes: 'number' },
      observedLossPercent: 'number?',
    },
  ],
  recommended: { slots: 'number', receiveBufferBytes: 'number', trafficMargin: 'number' },
  longestStallNs: 'number',
  burstiness: [{ ratePerSecond: 'number', backlog: 'number' }],
  endedBy: 'endedBy',
}

const LAB: Shape = {
  command: 'string',
  rows: [
    {
      ...{ slots: 'number', predictedEfficiencyPercent: 'number' },
      observedEfficiencyPercent: 'number?',
    },
  ],
  endedBy: 'endedBy',
}

const STAT: Shape = {
  command: 'string',
  processes: [
    {
      ...{ pid: 'number', alive: 'boolean', startedNs: 'ns', heartbeatAgeMs: 'number' },
      // As receive says it.
      report: RECEIVE,
      threads: [{ name: 'string' }],
    },
  ],
  endedBy: 'endedBy',
}

const LOSS: Shape = {
  command: 'string',
  losses: [
    {
      ...{ line: 'number?', cause: 'string', firstSequence: 'number', lastSequence: 'number' },
      ...{ count: 'number', firstNs: 'ns', lastNs: 'ns' },
    },
  ],
  endedBy: 'endedBy',
}

const DOCTOR: Shape = {
  command: 'string',
  checks: [
    {
      ...{ name: 'string', status: 'string', found: 'string' },
      ...{ wanted: 'string', remedy: 'string' },
    },
  ],
  ...{ problems: 'number', warnings: 'number', endedBy: 'endedBy' },
}

const BRIDGE: Shape = {
  ...{ command: 'string', ledger: RECEIVE['ledger'] as Shape, endedBy: 'endedBy' },
  bridge: {
    ...{ batches: 'number', acknowledged: 'number', duplicates: 'number' },
    ...{ backlogHighWater: 'number', notPublished: 'number', reconnects: 'number' },
  },
}

const ENDED: Shape = { command: 'string', endedBy: 'endedBy' }

/** What `--json` prints, by command; `capture` is `receive` of a recording. */
export const REPORTS = {
  receive: { ...RECEIVE, ...ENDED },
  capture: { ...RECEIVE_CAPTURE, ...ENDED },
  send: { ...SEND, ...ENDED },
  replay: { ...SEND, ...ENDED },
  ...{ tune: TUNE, lab: LAB },
  ...{ decode: DECODE, book: BOOK, diff: DIFF, compare: COMPARE, record: RECORD, stat: STAT },
  ...{ top: STAT, loss: LOSS, doctor: DOCTOR, bridge: BRIDGE },
  ...{ sample: ENDED, generate: ENDED, demo: ENDED },
} as const satisfies Readonly<Record<string, Shape>>

/** Every field that was promised of a command's report is there, with its type. */
export function assertReport(command: keyof typeof REPORTS, report: unknown): void {
  assertShape(report, REPORTS[command], command)
}

/** Every field that was promised of a receive report is there, with its type. */
export function assertReceiveShape(report: unknown): void {
  assertShape(report, RECEIVE, 'report')
}

/** Every field that was promised of a send report is there, with its type. */
export function assertSendShape(report: unknown): void {
  assertShape(report, SEND, 'report')
}

function assertShape(value: unknown, shape: Shape, path: string): void {
  assert.ok(typeof value === 'object' && value !== null, `${path} is an object`)
  for (const [name, field] of Object.entries(shape)) {
    assertField((value as Record<string, unknown>)[name], field, `${path}.${name}`)
  }
}

function assertField(value: unknown, field: Field, path: string): void {
  if (Array.isArray(field)) {
    assert.ok(Array.isArray(value) && value.length > 0, `${path} is a list with something in it`)
    for (const one of value) assertShape(one, field[0], `${path}[]`)
  } else if (typeof field === 'object') {
    assertShape(value, field, path)
  } else if (field === 'strings') {
    assert.ok(Array.isArray(value), `${path} is a list`)
    for (const one of value) assert.equal(typeof one, 'string', path)
  } else if (field === 'numbers') {
    assert.ok(typeof value === 'object' && value !== null, `${path} is an object`)
    for (const [name, one] of Object.entries(value)) assertField(one, 'number', `${path}.${name}`)
  } else if (field === 'ns') {
    assert.match(String(value), /^\d{19}$/, `${path} is nanoseconds since 1970`)
    assert.equal(typeof value, 'string', path)
  } else if (field === 'endedBy') {
    assert.ok(ENDINGS.includes(String(value)), `${path} is ${value}`)
  } else if (!(field.endsWith('?') && value === null)) {
    assert.equal(typeof value, field.replace('?', ''), path)
  }
}
