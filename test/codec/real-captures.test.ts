import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { protocolOfIexTp } from '../../src/codec/protocol-names.js'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { DATAGRAM, type Framing } from '../../src/wire/framing.js'
import { IexTpFraming } from '../../src/wire/iex-tp-framing.js'
import { MoldUdp64Framing } from '../../src/wire/moldudp64-framing.js'
import { IEX, NASDAQ } from '../kit/captures.js'

const PCAP_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16

/** Calls back for each message of each UDP payload, which begins `payload` bytes into its frame. */
function eachMessage(
  content: Uint8Array,
  payload: number,
  framing: Framing,
  take: (bytes: DataView, offset: number, length: number) => void,
): void {
  const file = new DataView(content.buffer, content.byteOffset, content.byteLength)
  let record = PCAP_HEADER_BYTES
  while (record < file.byteLength) {
    const frame = record + RECORD_HEADER_BYTES
    const length = file.getUint16(frame + payload - 4) - 8
    if (framing.open(file, frame + payload, length) === DATAGRAM.messages) {
      while (framing.next()) take(file, framing.messageOffset, framing.messageLength)
    }
    record = frame + file.getUint32(record + 8, true)
  }
}

test('Tops16 names every message of a real day of IEX', { skip: IEX.skip }, () => {
  const framing = new IexTpFraming()
  const { createViews } = PROTOCOLS.tops16
  const views = createViews()
  const byType: Record<string, number> = {}
  const again = new DataView(new ArrayBuffer(128))
  eachMessage(gunzipSync(readFileSync(IEX.path)), 42, framing, (bytes, offset, length) => {
    assert.equal(protocolOfIexTp(framing.protocol), 'tops16')
    const view = views.select(bytes, offset, length)
    byType[view.type] = (byType[view.type] ?? 0) + 1
    const copy = new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length)
    const written = views.encode(view.toObject(), again)
    assert.deepEqual(new Uint8Array(again.buffer, 0, written), copy.slice())
  })
  assert.deepEqual(byType, {
    quoteUpdate: 27_217,
    tradingStatus: 7_803,
    shortSalePriceTestStatus: 7_802,
    operationalHaltStatus: 7_801,
    tradeReport: 6_390,
    auctionInformation: 642,
    securityDirectory: 10,
    systemEvent: 6,
    tradeBreak: 3,
  })
})

test('Itch50 names every message of two real datagrams of NASDAQ', { skip: NASDAQ.skip }, () => {
  const views = PROTOCOLS.itch50.createViews()
  const byType: Record<string, number> = {}
  const again = new DataView(new ArrayBuffer(128))
  eachMessage(readFileSync(NASDAQ.path), 46, new MoldUdp64Framing(), (bytes, offset, length) => {
    const view = views.select(bytes, offset, length)
    byType[view.type] = (byType[view.type] ?? 0) + 1
    const copy = new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length)
    const written = views.encode(view.toObject(), again)
    assert.deepEqual(new Uint8Array(again.buffer, 0, written), copy.slice())
  })
  assert.deepEqual(byType, { orderDelete: 1, addOrder: 36, addOrderWithMpid: 2 })
})
