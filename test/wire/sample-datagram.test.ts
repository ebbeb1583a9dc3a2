import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFraming } from '../../src/wire/create-framing.js'
import { DATAGRAM, FRAMING_NAMES } from '../../src/wire/framing.js'
import { writeSampleDatagram } from '../../src/wire/sample-datagram.js'

const OFFSET = 5
const SEQUENCE = 77

for (const name of FRAMING_NAMES) {
  for (const count of [1, 4]) {
    test(`A sample datagram of ${name} with ${count} message(s) is one that it reads`, () => {
      const bytes = new DataView(new ArrayBuffer(OFFSET + 256))
      const length = writeSampleDatagram(name, bytes, OFFSET, SEQUENCE, count)
      const framing = createFraming(name)
      assert.equal(framing.open(bytes, OFFSET, length), DATAGRAM.messages)
      assert.equal(framing.sequence, SEQUENCE)
      let messages = 0
      while (framing.next()) messages++
      assert.equal(messages, count)
    })
  }
}
