import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ErrorCode, TickwireError } from '../../src/foundation/errors.js'
import {
  DEFAULT_ENDPOINT,
  interfaceNameOf,
  parseEndpoint,
  withPort,
} from '../../src/transport/endpoint.js'

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof TickwireError && error.code === code
}

test('parseEndpoint reads an address and a port', () => {
  assert.deepEqual(parseEndpoint(DEFAULT_ENDPOINT), {
    url: 'udp://127.0.0.1:9001',
    address: '127.0.0.1',
    port: 9001,
    ipv6: false,
    multicast: false,
    interface: undefined,
    source: undefined,
    ttl: 1,
  })
})

test('parseEndpoint reads a group with its interface, source and hops', () => {
  const text = 'udp://239.1.1.1:9001?interface=10.0.0.1&source=10.0.0.9&ttl=2'
  assert.deepEqual(parseEndpoint(text), {
    url: text,
    address: '239.1.1.1',
    port: 9001,
    ipv6: false,
    multicast: true,
    interface: '10.0.0.1',
    source: '10.0.0.9',
    ttl: 2,
  })
})

test('parseEndpoint reads IPv6 in brackets, and a zone as the interface', () => {
  const plain = parseEndpoint('udp://[::1]:9001')
  assert.deepEqual([plain.address, plain.ipv6, plain.multicast], ['::1', true, false])
  const zoned = parseEndpoint('udp://[fe80::1%eth0]:9001')
  assert.deepEqual([zoned.address, zoned.interface], ['fe80::1', 'eth0'])
  const group = parseEndpoint('udp://[FF02::1]:9001?interface=eth1')
  assert.deepEqual([group.multicast, group.interface], [true, 'eth1'])
})

test('parseEndpoint reads a source beside an address that is no group', () => {
  assert.equal(parseEndpoint('udp://0.0.0.0:9001?source=10.0.0.9').source, '10.0.0.9')
  assert.equal(parseEndpoint('udp://[::]:9001?source=FE80::9').source, 'FE80::9')
})

test('parseEndpoint knows groups by their address', () => {
  const multicast = (address: string) => parseEndpoint(`udp://${address}:1`).multicast
  assert.deepEqual(
    ['223.255.255.255', '224.0.0.0', '239.255.255.255', '240.0.0.0'].map(multicast),
    [false, true, true, false],
  )
  assert.deepEqual(['[fe80::1]', '[ff00::]', '[ffff::1]'].map(multicast), [false, true, true])
})

test('parseEndpoint takes port 0, a slash and an empty query', () => {
  assert.equal(parseEndpoint('udp://0.0.0.0:0').port, 0)
  assert.equal(parseEndpoint('udp://127.0.0.1:9001/').port, 9001)
  assert.equal(parseEndpoint('udp://127.0.0.1:65535/?ttl=0').ttl, 0)
  assert.equal(parseEndpoint('udp://127.0.0.1:9001?').ttl, 1)
})

const BAD: readonly (readonly [string, RegExp])[] = [
  ['', /not of the form/],
  ['127.0.0.1:9001', /not of the form/],
  ['tcp://127.0.0.1:9001', /not of the form/],
  ['udp://127.0.0.1:9001/path', /not of the form/],
  ['udp://127.0.0.1:9001#x', /not of the form/],
  ['udp://127.0.0.1:-1', /not of the form/],
  ['udp://::1:9001', /not of the form/],
  ['udp://localhost:9001', /"localhost" is not an IP address/],
  ['udp://:9001', /"" is not an IP address/],
  ['udp://256.0.0.1:9001', /is not an IP address/],
  ['udp://[::1]', /has no port/],
  ['udp://127.0.0.1', /has no port/],
  ['udp://[127.0.0.1]:9001', /take brackets/],
  ['udp://127.0.0.1:65536', /port 65536 is above 65535/],
  ['udp://127.0.0.1:99999999999999999999', /is above 65535/],
  ['udp://239.1.1.1:1?iface=eth0', /"iface" is none of its parameters/],
  ['udp://127.0.0.1:1?source=::1', /source "::1" does not fit/],
  ['udp://[::1]:1?source=fe80::1%25eth0', /does not fit/],
  ['udp://127.0.0.1:1?source=0.0.0.0', /does not fit/],
  ['udp://[::1]:1?source=::', /does not fit/],
  ['udp://127.0.0.1:1?source=239.1.1.1', /does not fit/],
  ['udp://239.1.1.1:1?source=::1', /does not fit/],
  ['udp://239.1.1.1:1?source=eth0', /does not fit/],
  ['udp://239.1.1.1:1?ttl=', /"ttl" has no value/],
  ['udp://239.1.1.1:1?interface=', /"interface" has no value/],
  ['udp://239.1.1.1:1?source=10.0.0.1&source=10.0.0.2', /"source" stands in it more than once/],
  ['udp://239.1.1.1:1?ttl=256', /ttl must be/],
  ['udp://239.1.1.1:1?ttl=-1', /ttl must be/],
  ['udp://239.1.1.1:1?ttl=1.5', /ttl must be/],
  ['udp://239.1.1.1:1?ttl=many', /ttl must be/],
]

for (const [text, why] of BAD) {
  test(`parseEndpoint refuses "${text}" and says why`, () => {
    assert.throws(() => parseEndpoint(text), hasCode('TW_BAD_ENDPOINT'))
    assert.throws(() => parseEndpoint(text), why)
  })
}

test('parseEndpoint gives back an address whose scheme was left out, with it', () => {
  for (const text of ['host:9001', '10.0.0.1:9001', '[::1]:9001', '239.1.1.1:1?ttl=2']) {
    assert.throws(
      () => parseEndpoint(text),
      (error: TickwireError) => error.remedy === `Write udp://${text}.`,
    )
  }
  assert.throws(
    () => parseEndpoint('10.0.0.1'),
    (error: TickwireError) => error.remedy.startsWith('Write it like'),
  )
})

test('parseEndpoint answers any text with an endpoint or TW_BAD_ENDPOINT', () => {
  const piece = fc.constantFrom(
    'udp://',
    '127.0.0.1',
    '[::1',
    ']',
    ':',
    '9001',
    '?',
    'ttl=',
    '%',
    '/',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (written) => {
      try {
        assert.equal(parseEndpoint(written).url, written)
      } catch (error) {
        assert.ok(hasCode('TW_BAD_ENDPOINT')(error), String(error))
      }
    }),
    { numRuns: 5_000 },
  )
})

test('withPort changes the port alone, in the URL too', () => {
  const group = withPort(parseEndpoint('udp://239.1.1.1:0?interface=10.0.0.1&ttl=3'), 4711)
  assert.equal(group.url, 'udp://239.1.1.1:4711?interface=10.0.0.1&ttl=3')
  assert.deepEqual(group, parseEndpoint(group.url))
  for (const text of ['udp://[::1]:0', 'udp://127.0.0.1:0/', 'udp://0.0.0.0:0/?ttl=2']) {
    const moved = withPort(parseEndpoint(text), 65535)
    assert.deepEqual(moved, parseEndpoint(moved.url))
    assert.equal(moved.port, 65535)
    assert.equal(moved.url, text.replace(':0', ':65535').replace(':65535.', ':0.'))
  }
})

test('interfaceNameOf finds an interface by its name and by its address', () => {
  const known = Object.entries(networkInterfaces())
  assert.ok(known.length > 0)
  for (const [name, addresses = []] of known) {
    const wanted = [name, ...addresses.map(({ address }) => address)]
    for (const one of wanted) {
      const endpoint = parseEndpoint(`udp://239.1.1.1:1?interface=${encodeURIComponent(one)}`)
      assert.equal(interfaceNameOf(endpoint), name)
    }
  }
  assert.equal(interfaceNameOf(parseEndpoint('udp://239.1.1.1:1')), undefined)
})

test('interfaceNameOf refuses an address that no interface has, and names those that are there', () => {
  const endpoint = parseEndpoint('udp://239.1.1.1:1?interface=203.0.113.7')
  assert.throws(() => interfaceNameOf(endpoint), hasCode('TW_NO_SUCH_INTERFACE'))
  const [name = ''] = Object.keys(networkInterfaces())
  assert.throws(() => interfaceNameOf(endpoint), new RegExp(`"203\\.0\\.113\\.7".*\\b${name}\\b`))
})

test('interfaceNameOf leaves a name without address to the kernel', () => {
  const endpoint = parseEndpoint('udp://239.1.1.1:1?interface=no-such-if')
  assert.equal(interfaceNameOf(endpoint), 'no-such-if')
})
