import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as wire from '../../src/wire/index.js'
import { iexTpDatagram, moldDatagram } from './datagrams.js'

function open(framing: wire.Framing, datagram: Uint8Array): number {
  return framing.open(new DataView(datagram.buffer), 0, datagram.length)
}

test('createFraming makes each framing under its own name', () => {
  assert.deepEqual([...wire.FRAMING_NAMES], ['raw', 'moldudp64', 'iex-tp', 'mdp3'])
  for (const name of wire.FRAMING_NAMES) assert.equal(wire.createFraming(name).name, name)
})

test('createFraming makes a new one each time, so that two lines share no state', () => {
  assert.notEqual(wire.createFraming('raw'), wire.createFraming('raw'))
})

test('createFraming makes the classes that the entry exports', () => {
  assert.ok(wire.createFraming('raw') instanceof wire.RawFraming)
  assert.ok(wire.createFraming('moldudp64') instanceof wire.MoldUdp64Framing)
  assert.ok(wire.createFraming('iex-tp') instanceof wire.IexTpFraming)
  assert.ok(wire.createFraming('mdp3') instanceof wire.Mdp3Framing)
})

test('createFraming makes a MoldUDP64 framing that reads only the session of that name', () => {
  const framing = wire.createFraming('moldudp64', 'DAY 1')
  const own = moldDatagram({ session: 'DAY 1', sequence: 1n, messages: [] })
  const other = moldDatagram({ session: 'DAY 10', sequence: 1n, messages: [] })
  assert.equal(open(framing, own), wire.DATAGRAM.heartbeat)
  assert.equal(open(framing, other), wire.DATAGRAM.foreign)
})

test('createFraming makes an IEX-TP framing that reads only the session of that number', () => {
  for (const session of [0, 7, 2 ** 32 - 1]) {
    const framing = wire.createFraming('iex-tp', String(session))
    const own = iexTpDatagram({ session, sequence: 1n, messages: [] })
    const other = iexTpDatagram({ session: (session ^ 1) >>> 0, sequence: 1n, messages: [] })
    assert.equal(open(framing, own), wire.DATAGRAM.heartbeat)
    assert.equal(open(framing, other), wire.DATAGRAM.foreign)
  }
})

test('createFraming refuses a session that the framing cannot have', () => {
  const wrong: [wire.FramingName, string][] = [
    ['raw', ''],
    ['raw', 'DAY 1'],
    ['moldudp64', ''],
    ['moldudp64', '   '],
    ['moldudp64', 'ELEVEN CHAR'],
    ['moldudp64', 'D\u00e4Y'],
    ['iex-tp', ''],
    ['iex-tp', ' 7'],
    ['iex-tp', '-1'],
    ['iex-tp', '0x10'],
    ['iex-tp', '1.5'],
    ['iex-tp', '4294967296'],
  ]
  for (const [name, session] of wrong) {
    const create = () => wire.createFraming(name, session)
    assert.throws(create, { code: 'TW_BAD_OPTION' }, `${name} with "${session}"`)
  }
})
