import assert from 'node:assert/strict'

/** The type of a field as CONTRACT.md promises it. */
type Field = 'number' | 'number?' | 'string' | 'string?' | 'boolean' | 'strings' | Shape | [Shape]

interface Shape {
  readonly [name: string]: Field
}

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
}

const DIFF: Shape = {
  ...{ command: 'string', instruments: 'number', messages: 'number' },
  firstDifference: {
    ...{ sequence: 'number', instrument: 'string' },
    a: { instrument: 'string', state: 'string', hash: 'string' },
    b: { instrument: 'string', state: 'string', hash: 'string' },
  },
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
}

/** The same of `tickwire book`, of a book that has both sides, has traded, and is suspect. */
export function assertBookShape(report: unknown): void {
  assertShape(report, BOOK, 'report')
}

/** The same of `tickwire diff`, where there is a difference. */
export function assertDiffShape(report: unknown): void {
  assertShape(report, DIFF, 'report')
}

/** The same of `tickwire compare`, where both lines have lost something. */
export function assertCompareShape(report: unknown): void {
  assertShape(report, COMPARE, 'report')
}

/** Every field that CONTRACT.md promises of a receive report is there, with its type. */
export function assertReceiveShape(report: unknown): void {
  assertShape(report, RECEIVE, 'report')
}

/** Every field that CONTRACT.md promises of a send report is there, with its type. */
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
  } else if (!(field.endsWith('?') && value === null)) {
    assert.equal(typeof value, field.replace('?', ''), path)
  }
}
