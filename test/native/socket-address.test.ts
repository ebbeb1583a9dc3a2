import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AssertionError } from '../../src/foundation/assert.js'
import { encodeSocketAddress, portOf } from '../../src/native/socket-address.js'
import { bytesOf } from '../wire/watched-view.js'

const GOLDEN: readonly {
  readonly what: string
  readonly address: string
  readonly port: number
  readonly scope?: number
  readonly hex: string
}[] = [
  {
    what: 'IPv4',
    address: '127.0.0.1',
    port: 9001,
    hex: '0200 2329 7f000001 0000000000000000',
  },
  {
    what: 'an IPv4 group',
    address: '239.255.1.2',
    port: 65535,
    hex: '0200 ffff efff0102 0000000000000000',
  },
  {
    what: 'IPv6 loopback',
    address: '::1',
    port: 9001,
    hex: '0a00 2329 00000000 00000000000000000000000000000001 00000000',
  },
  {
    what: 'any IPv6 address',
    address: '::',
    port: 0,
    hex: '0a00 0000 00000000 00000000000000000000000000000000 00000000',
  },
  {
    what: 'IPv6 in full',
    address: '2001:db8:1:2:3:4:5:ABCD',
    port: 1,
    hex: '0a00 0001 00000000 20010db8000100020003000400 05abcd 00000000',
  },
  {
    what: 'IPv6 shortened in the middle',
    address: '2001:db8::8:800:200c:417a',
    port: 53,
    hex: '0a00 0035 00000000 20010db80000000000080800200c417a 00000000',
  },
  {
    what: 'IPv6 shortened at the end',
    address: 'fe80::',
    port: 53,
    hex: '0a00 0035 00000000 fe800000000000000000000000000000 00000000',
  },
  {
    what: 'a mapped IPv4 address',
    address: '::ffff:10.1.2.255',
    port: 80,
    hex: '0a00 0050 00000000 00000000000000000000ffff0a0102ff 00000000',
  },
  {
    what: 'a link-local address with its interface',
    address: 'fe80::1:2',
    port: 80,
    scope: 0x01020304,
    hex: '0a00 0050 00000000 fe800000000000000000000000010002 04030201',
  },
]

for (const { what, address, port, scope, hex } of GOLDEN) {
  test(`encodeSocketAddress writes ${what} as the kernel reads it`, () => {
    assert.deepEqual(encodeSocketAddress(address, port, scope), bytesOf(hex))
    assert.equal(portOf(encodeSocketAddress(address, port, scope)), port)
  })
}

test('encodeSocketAddress agrees with the address that its digits spell', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(65535), (bytes, port) => {
      const groups = Array.from({ length: 8 }, (_, i) =>
        (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
      )
      // The URL parser of Node shortens by the rules of RFC 5952.
      const shortened = new URL(`udp://[${groups.join(':')}]`).hostname.slice(1, -1)
      for (const text of [groups.join(':'), shortened]) {
        assert.deepEqual(encodeSocketAddress(text, port).subarray(8, 24), bytes, text)
      }
    }),
  )
})

test('encodeSocketAddress refuses what is no address', () => {
  for (const text of ['', 'localhost', '1.2.3', '1.2.3.4.5', '[::1]']) {
    assert.throws(() => encodeSocketAddress(text, 1), AssertionError, text)
  }
})

test('portOf reads an address that lies within other memory', () => {
  const bytes = new Uint8Array(32)
  bytes.set(encodeSocketAddress('10.0.0.1', 4660), 8)
  assert.equal(portOf(bytes.subarray(8)), 4660)
})
