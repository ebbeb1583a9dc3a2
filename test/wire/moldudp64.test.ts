import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeMoldSession,
  encodeMoldSession,
  MoldRequest,
  readMoldSequence,
  sessionEquals,
  writeMoldHeader,
} from '../../src/wire/moldudp64.js'
import { moldDatagram } from './datagrams.js'
import { bytesOf, MARGIN_BYTES, surrounded } from './watched-view.js'

/** Session DAY1, sequence 2^32 + 5, count 258: downstream or as a request. */
const GOLDEN = bytesOf('44 41 59 31 20 20 20 20 20 20  00 00 00 01 00 00 00 05  01 02')

/** What a request server makes of `datagram`, which has other memory on both sides. */
function read(request: MoldRequest, datagram: Uint8Array): boolean {
  return request.read(surrounded(datagram, 0xff), MARGIN_BYTES, datagram.length)
}

test('writeMoldHeader writes the bytes of the specification', () => {
  const written = new Uint8Array(22).fill(0xee)
  const session = encodeMoldSession('DAY1')
  writeMoldHeader(new DataView(written.buffer), 1, session, 2 ** 32 + 5, 258)
  assert.deepEqual([...written], [0xee, ...GOLDEN, 0xee])
})

test('writeMoldHeader writes the largest exact sequence', () => {
  const written = new DataView(new ArrayBuffer(20))
  writeMoldHeader(written, 0, encodeMoldSession('A'), Number.MAX_SAFE_INTEGER, 0)
  assert.equal(written.getBigUint64(10), 2n ** 53n - 1n)
  assert.equal(readMoldSequence(written, 0), Number.MAX_SAFE_INTEGER)
})

test('A session keeps its name on the way through ten bytes', () => {
  for (const name of ['A', '000010059B', ' PAD', 'DAY 1']) {
    const bytes = encodeMoldSession(name)
    assert.equal(bytes.length, 10)
    assert.equal(decodeMoldSession(new DataView(bytes.buffer), 0), name)
  }
})

test('encodeMoldSession refuses what is no name', () => {
  for (const name of ['', ' ', 'ELEVEN CHAR', 'TAB\t', 'Ä']) {
    assert.throws(() => encodeMoldSession(name), { code: 'TW_BAD_OPTION' }, JSON.stringify(name))
  }
})

test('sessionEquals compares all ten bytes', () => {
  const session = encodeMoldSession('DAY1')
  const view = surrounded(GOLDEN, 0)
  assert.equal(sessionEquals(view, MARGIN_BYTES, session), true)
  for (let i = 0; i < 10; i++) {
    const other = session.slice()
    other[i] = 0x7e
    assert.equal(sessionEquals(view, MARGIN_BYTES, other), false, `byte ${i}`)
  }
})

test('MoldRequest reads a request written by hand', () => {
  const request = new MoldRequest()
  assert.equal(read(request, GOLDEN), true)
  assert.equal(request.valid, true)
  assert.equal(request.sequence, 2 ** 32 + 5)
  assert.equal(request.count, 258)
})

test('MoldRequest refuses every length but that of a header', () => {
  const longer = Uint8Array.from([...GOLDEN, 0, 0])
  for (let length = 0; length <= longer.length; length++) {
    assert.equal(read(new MoldRequest(), longer.slice(0, length)), length === 20, `${length}`)
  }
})

test('MoldRequest refuses to ask for nothing, and does not take 0xFFFF for a count', () => {
  const accepted = [0, 1, 2, 0xfffe, 0xffff].filter((count) => {
    return read(new MoldRequest(), moldDatagram({ sequence: 1n, messages: [], count }))
  })
  assert.deepEqual(accepted, [1, 2, 0xfffe])
})

test('MoldRequest refuses sequence 0 and those that a number cannot hold', () => {
  const limit = 2n ** 53n - 1n
  const sequences = [0n, 1n, limit - 3n, limit - 2n, limit, 2n ** 63n, 2n ** 64n - 1n]
  const accepted = sequences.filter((sequence) => {
    return read(new MoldRequest(), moldDatagram({ sequence, messages: [], count: 3 }))
  })
  assert.deepEqual(accepted, [1n, limit - 3n])
})

test('MoldRequest has nothing left of an earlier request once it refuses the next', () => {
  const request = new MoldRequest()
  read(request, GOLDEN)
  assert.equal(read(request, GOLDEN.slice(1)), false)
  assert.deepEqual([request.sequence, request.count, request.valid], [0, 0, false])
})
