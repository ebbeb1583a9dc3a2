import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DATAGRAM } from '../../src/wire/framing.js'
import { MoldUdp64Framing } from '../../src/wire/moldudp64-framing.js'
import { writeSampleDatagram } from '../../src/wire/sample-datagram.js'
import { type MoldParts, moldDatagram } from './datagrams.js'
import { bytesOf, MARGIN_BYTES, surrounded } from './watched-view.js'

/** Session DAY1, messages 4294967301 to 4294967303 of 3, 0, 1 bytes. */
const GOLDEN = bytesOf(`
  44 41 59 31 20 20 20 20 20 20  00 00 00 01 00 00 00 05  00 03
  00 03 53 30 4f
  00 00
  00 01 41`)

const MESSAGES = [new Uint8Array(42), new Uint8Array(0), new Uint8Array(30)]

/** What `open` says to a datagram that has other memory on both sides. */
function open(framing: MoldUdp64Framing, datagram: Uint8Array): number {
  return framing.open(surrounded(datagram, 0), MARGIN_BYTES, datagram.length)
}

/** What a new framing says to a datagram of those parts. */
function kindOf(parts: MoldParts): number {
  return open(new MoldUdp64Framing(), moldDatagram(parts))
}

/** Offset (from the datagram's start) and length of each message that is left. */
function drain(framing: MoldUdp64Framing): [number, number][] {
  const messages: [number, number][] = []
  while (framing.next()) {
    messages.push([framing.messageOffset - MARGIN_BYTES, framing.messageLength])
  }
  return messages
}

/** The number that the framing gives to a session. */
function numberOf(framing: MoldUdp64Framing, session: string): number {
  const kind = open(framing, moldDatagram({ session, sequence: 1n, messages: [] }))
  assert.equal(kind, DATAGRAM.heartbeat)
  return framing.session
}

/** The name that the framing knows a number by. */
function nameOf(framing: MoldUdp64Framing, session: number): string | undefined {
  const written = Buffer.alloc(12, '.')
  const view = new DataView(written.buffer, written.byteOffset, written.length)
  const known = framing.writeSession(session, view, 1)
  const text = written.toString('latin1')
  assert.match(text, known ? /^\..{10}\.$/ : /^\.{12}$/)
  return known ? text.slice(1, -1).trimEnd() : undefined
}

test('MoldUdp64Framing numbers from 1 in numbers that never wrap', () => {
  const framing = new MoldUdp64Framing()
  assert.equal(framing.name, 'moldudp64')
  assert.equal(framing.initialSequence, 1)
  assert.equal(framing.sequenceBits, 53)
  assert.equal(framing.defaultSlotBytes, 2048)
})

test('MoldUdp64Framing reads a datagram written by hand', () => {
  const framing = new MoldUdp64Framing()
  assert.equal(open(framing, GOLDEN), DATAGRAM.messages)
  assert.equal(framing.sequence, 2 ** 32 + 5)
  assert.equal(framing.messageCount, 3)
  assert.equal(nameOf(framing, framing.session), 'DAY1')
  const expected: [number, number][] = [
    [22, 3],
    [27, 0],
    [29, 1],
  ]
  assert.deepEqual(drain(framing), expected)
  assert.equal(framing.next(), false)
})

test('MoldUdp64Framing has no message and no session before a datagram is opened', () => {
  const framing = new MoldUdp64Framing()
  assert.equal(framing.next(), false)
  assert.equal(framing.session, 0)
  assert.equal(nameOf(framing, 0), undefined)
})

test('MoldUdp64Framing takes count 0 for a heartbeat that names the next sequence', () => {
  const framing = new MoldUdp64Framing()
  const heartbeat = moldDatagram({ sequence: 77n, messages: [] })
  assert.equal(open(framing, heartbeat), DATAGRAM.heartbeat)
  assert.equal(framing.sequence, 77)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
})

test('MoldUdp64Framing takes count 0xFFFF for the end of the session, not for 65,535', () => {
  const framing = new MoldUdp64Framing()
  const end = moldDatagram({ sequence: 77n, messages: [], count: 0xffff })
  assert.equal(open(framing, end), DATAGRAM.endOfSession)
  assert.equal(framing.sequence, 77)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
})

test('MoldUdp64Framing refuses 65,535 blocks, and reads 65,534', () => {
  // More than UDP carries; memory can hold it, so the rule must not rest on the network.
  const messages = Array.from({ length: 0xffff }, () => new Uint8Array(0))
  assert.equal(kindOf({ sequence: 1n, messages }), DATAGRAM.invalid)
  const framing = new MoldUdp64Framing()
  const largest = moldDatagram({ sequence: 1n, messages: messages.slice(1) })
  assert.equal(open(framing, largest), DATAGRAM.messages)
  assert.equal(framing.messageCount, 0xfffe)
  assert.equal(drain(framing).length, 0xfffe)
})

test('MoldUdp64Framing counts what lies behind a heartbeat, and refuses it behind an end', () => {
  const heartbeat = moldDatagram({ sequence: 1n, messages: [] })
  const framing = new MoldUdp64Framing()
  assert.equal(open(framing, Uint8Array.from([...heartbeat, 0, 7])), DATAGRAM.heartbeat)
  assert.deepEqual([framing.sequence, framing.trailingBytes, framing.next()], [1, 2, false])
  const end = moldDatagram({ sequence: 1n, messages: [], count: 0xffff })
  assert.equal(open(framing, end), DATAGRAM.endOfSession)
  assert.equal(open(framing, Uint8Array.from([...end, 0, 7])), DATAGRAM.invalid)
})

test('MoldUdp64Framing refuses a datagram cut at any byte', () => {
  for (let length = 0; length < GOLDEN.length; length++) {
    // So long is the heartbeat that has no count.
    const expected = length === 18 ? DATAGRAM.heartbeat : DATAGRAM.invalid
    const kind = open(new MoldUdp64Framing(), GOLDEN.slice(0, length))
    assert.equal(kind, expected, `${length}`)
  }
})

test('MoldUdp64Framing counts what lies behind the blocks, and reads those', () => {
  for (const excess of [[0], [0, 0], [0, 1, 0x41]]) {
    const framing = new MoldUdp64Framing()
    assert.equal(open(framing, Uint8Array.from([...GOLDEN, ...excess])), DATAGRAM.messages)
    assert.equal(framing.trailingBytes, excess.length)
    assert.equal(drain(framing).length, framing.messageCount)
    assert.equal(open(framing, GOLDEN), DATAGRAM.messages)
    assert.equal(framing.trailingBytes, 0)
  }
})

test('MoldUdp64Framing reads the heartbeat of 18 bytes, which has no count', () => {
  const framing = new MoldUdp64Framing()
  const whole = moldDatagram({ session: 'DIALECT', sequence: 12n, messages: [] })
  assert.equal(open(framing, whole.slice(0, 18)), DATAGRAM.heartbeat)
  assert.deepEqual([framing.sequence, framing.messageCount, framing.trailingBytes], [12, 0, 0])
})

test('MoldUdp64Framing refuses a count of messages that the blocks do not bear out', () => {
  for (const count of [4, 0xfffe]) {
    const kind = kindOf({ sequence: 1n, messages: MESSAGES, count })
    assert.equal(kind, DATAGRAM.invalid, `count ${count}`)
  }
})

test('MoldUdp64Framing refuses a block that is longer than its room', () => {
  const lengths = [20, 20 + 2 + 42, 20 + 2 + 42 + 2]
  for (const at of lengths) {
    for (const change of [1, 0x8000]) {
      const datagram = moldDatagram({ sequence: 1n, messages: MESSAGES })
      const view = new DataView(datagram.buffer)
      view.setUint16(at, view.getUint16(at) + change)
      assert.equal(open(new MoldUdp64Framing(), datagram), DATAGRAM.invalid, `${at}: ${change}`)
    }
  }
})

test('MoldUdp64Framing reads a datagram of nothing but empty messages', () => {
  const framing = new MoldUdp64Framing()
  const messages = Array.from({ length: 500 }, () => new Uint8Array(0))
  assert.equal(open(framing, moldDatagram({ sequence: 1n, messages })), DATAGRAM.messages)
  const read = drain(framing)
  assert.equal(read.length, 500)
  assert.deepEqual(read.at(-1), [20 + 500 * 2, 0])
})

test('MoldUdp64Framing refuses sequences that a number cannot hold', () => {
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  const kinds: [bigint, number][] = [
    [2n ** 64n - 1n, DATAGRAM.invalid],
    [2n ** 63n, DATAGRAM.invalid],
    [limit + 1n, DATAGRAM.invalid],
    [limit - 2n, DATAGRAM.invalid],
    [limit - 3n, DATAGRAM.messages],
    [1n, DATAGRAM.messages],
  ]
  for (const [sequence, kind] of kinds) {
    const framing = new MoldUdp64Framing()
    const datagram = moldDatagram({ sequence, messages: MESSAGES })
    assert.equal(open(framing, datagram), kind, `sequence ${sequence}`)
    if (kind === DATAGRAM.messages) assert.equal(framing.sequence, Number(sequence))
  }
})

test('MoldUdp64Framing reads the largest exact sequence without messages, and no larger one', () => {
  for (const count of [0, 0xffff]) {
    const framing = new MoldUdp64Framing()
    const largest = moldDatagram({ sequence: 2n ** 53n - 1n, messages: [], count })
    assert.notEqual(open(framing, largest), DATAGRAM.invalid)
    assert.equal(framing.sequence, Number.MAX_SAFE_INTEGER)
    assert.equal(kindOf({ sequence: 2n ** 53n, messages: [], count }), DATAGRAM.invalid)
  }
})

test('MoldUdp64Framing refuses messages with sequence 0, which without any is a sign of life', () => {
  assert.equal(kindOf({ sequence: 0n, messages: MESSAGES }), DATAGRAM.invalid)
  assert.equal(kindOf({ sequence: 0n, messages: [] }), DATAGRAM.idle)
  assert.equal(kindOf({ sequence: 0n, messages: [], count: 0xffff }), DATAGRAM.idle)
  const short = moldDatagram({ sequence: 0n, messages: [] }).slice(0, 18)
  assert.equal(open(new MoldUdp64Framing(), short), DATAGRAM.idle)
})

test('MoldUdp64Framing has nothing left of an earlier datagram once it refuses the next', () => {
  const framing = new MoldUdp64Framing()
  open(framing, GOLDEN)
  framing.next()
  assert.equal(open(framing, GOLDEN.slice(1)), DATAGRAM.invalid)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
})

test('MoldUdp64Framing gives a session the same number in every instance and at every time', () => {
  const framing = new MoldUdp64Framing()
  const first = numberOf(framing, 'DAY1')
  assert.ok(Number.isSafeInteger(first) && first > 0)
  assert.notEqual(numberOf(framing, 'DAY2'), first)
  assert.equal(numberOf(framing, 'DAY1'), first)
  assert.equal(numberOf(new MoldUdp64Framing(), 'DAY1'), first)
})

test('MoldUdp64Framing shows another session whichever of its ten bytes differs', () => {
  const framing = new MoldUdp64Framing()
  const numbers = new Set([numberOf(framing, 'AAAAAAAAAA')])
  for (let at = 0; at < 10; at++) {
    numbers.add(numberOf(framing, `${'A'.repeat(at)}B${'A'.repeat(9 - at)}`))
  }
  assert.equal(numbers.size, 11)
})

test('MoldUdp64Framing gives sessions that resemble each other different numbers', () => {
  const framing = new MoldUdp64Framing()
  const sessions = new Set<string>()
  for (let i = 0; i < 100_000; i++) sessions.add(i.toString(16).toUpperCase().padStart(10, '0'))
  // Letters large and small: one bit, at the same place in any of the ten bytes.
  for (const letter of 'AIQZ') {
    for (let i = 0; i < 1024; i++) {
      const bits = [...i.toString(2).padStart(10, '0')]
      sessions.add(bits.map((bit) => (bit === '0' ? letter : letter.toLowerCase())).join(''))
    }
  }
  const numbers = new Set<number>()
  for (const session of sessions) numbers.add(numberOf(framing, session))
  assert.equal(sessions.size, 104_096)
  assert.equal(numbers.size, sessions.size)
})

test('MoldUdp64Framing knows the names of the last four sessions', () => {
  const framing = new MoldUdp64Framing()
  const [a = 0, b = 0, c = 0, d = 0] = ['A', 'B', 'C', 'D'].map((name) => numberOf(framing, name))
  const names = () => [a, b, c, d].map((number) => nameOf(framing, number))
  assert.deepEqual(names(), ['A', 'B', 'C', 'D'])
  // Heard again, these two are the latest, and C has been silent for longest.
  for (const name of ['B', 'A']) {
    numberOf(framing, name)
    assert.deepEqual(names(), ['A', 'B', 'C', 'D'])
  }
  const e = numberOf(framing, 'E')
  assert.deepEqual(names(), ['A', 'B', undefined, 'D'])
  assert.equal(nameOf(framing, e), 'E')
})

test('MoldUdp64Framing learns no session from a datagram that it refuses', () => {
  const framing = new MoldUdp64Framing()
  const known = numberOf(framing, 'DAY1')
  const broken = moldDatagram({ session: 'DAY2', sequence: 0n, messages: MESSAGES })
  for (let i = 0; i < 5; i++) open(framing, broken)
  assert.equal(nameOf(framing, known), 'DAY1')
  const other = numberOf(new MoldUdp64Framing(), 'DAY2')
  assert.equal(nameOf(framing, other), undefined)
})

test('MoldUdp64Framing tells apart sessions that are no text', () => {
  const framing = new MoldUdp64Framing()
  const sessions = ['\0'.repeat(10), '\xff'.repeat(10), `${'\xff'.repeat(8)}\0\0`, ' '.repeat(10)]
  const numbers = sessions.map((session) => numberOf(framing, session))
  assert.equal(new Set(numbers).size, 4)
})

test('MoldUdp64Framing delivers nothing of another session than the one it was made for', () => {
  const framing = new MoldUdp64Framing('DAY1')
  const other = moldDatagram({ session: 'DAY2', sequence: 9n, messages: MESSAGES })
  assert.equal(open(framing, other), DATAGRAM.foreign)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
  assert.equal(open(framing, GOLDEN), DATAGRAM.messages)
  framing.next()
  assert.equal(open(framing, other), DATAGRAM.foreign)
  assert.equal(framing.messageCount, 0)
  assert.equal(framing.next(), false)
  for (const count of [0, 0xffff]) {
    const empty = moldDatagram({ session: 'DAY2', sequence: 9n, messages: [], count })
    assert.equal(open(framing, empty), DATAGRAM.foreign)
  }
  assert.equal(open(framing, GOLDEN), DATAGRAM.messages)
})

test('MoldUdp64Framing calls a broken datagram of another session invalid, not foreign', () => {
  const parts = { session: 'DAY2', sequence: 1n, messages: MESSAGES, count: 9 }
  assert.equal(open(new MoldUdp64Framing('DAY1'), moldDatagram(parts)), DATAGRAM.invalid)
})

test('MoldUdp64Framing keeps the name of its session however many others pass', () => {
  const framing = new MoldUdp64Framing('DAY1')
  const own = numberOf(framing, 'DAY1')
  for (let day = 2; day < 9; day++) {
    open(framing, moldDatagram({ session: `DAY${day}`, sequence: 1n, messages: [] }))
  }
  assert.equal(nameOf(framing, own), 'DAY1')
})

test('The sample datagram for rehearsals is one message of the sequence it was asked for', () => {
  const bytes = new DataView(new ArrayBuffer(192))
  for (const sequence of [1, 2 ** 32 - 1]) {
    const framing = new MoldUdp64Framing()
    const length = writeSampleDatagram('moldudp64', bytes, 64, sequence)
    assert.ok(length <= 128)
    assert.equal(framing.open(bytes, 64, length), DATAGRAM.messages)
    assert.equal(framing.sequence, sequence)
    assert.equal(framing.messageCount, 1)
  }
})
