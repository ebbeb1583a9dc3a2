import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressText } from '../../src/capture/address-text.js'

test('AddressText writes IPv6 addresses as the URL standard does', () => {
  const addresses = new AddressText()
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
  const anyAddress = fc.array(group, { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(anyAddress, fc.nat(9), (groups, offset) => {
      const bytes = new Uint8Array(offset + 16)
      const view = new DataView(bytes.buffer)
      for (const [i, value] of groups.entries()) view.setUint16(offset + 2 * i, value)
      const plain = groups.map((value) => value.toString(16)).join(':')
      const expected = new URL(`http://[${plain}]`).hostname
      assert.equal(`[${addresses.read(bytes, offset, 16)}]`, expected)
      assert.equal(`[${addresses.read(bytes, offset, 16)}]`, expected, 'and again')
    }),
    { numRuns: 1000 },
  )
})

test('AddressText writes IPv4 addresses, more of them than it remembers', () => {
  const addresses = new AddressText()
  for (let i = 0; i < 10_000; i++) {
    const bytes = Uint8Array.of(9, 255, 0, i >> 8, i & 0xff, 9)
    assert.equal(addresses.read(bytes, 1, 4), `255.0.${i >> 8}.${i & 0xff}`)
    assert.equal(addresses.read(bytes, 1, 4), `255.0.${i >> 8}.${i & 0xff}`)
  }
})
