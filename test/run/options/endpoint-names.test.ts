import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointTexts, hostNameOf, resolveHosts } from '../../../src/run/options/endpoint-names.js'

test('An endpoint may be called endpoint or endpoints, one or several', () => {
  const url = 'udp://127.0.0.1:9002'
  assert.deepEqual(endpointTexts({ endpoint: url }), [url])
  assert.deepEqual(endpointTexts({ endpoints: url }), [url])
  assert.deepEqual(endpointTexts({ endpoint: [url, 9003] }), [url, 'udp://127.0.0.1:9003'])
  assert.deepEqual(endpointTexts({}), ['udp://127.0.0.1:9001'])
})

test('Both names at once are refused', () => {
  assert.throws(() => endpointTexts({ endpoint: 9001, endpoints: 9001 }), { code: 'TW_BAD_OPTION' })
})

test('A port alone is a port of 127.0.0.1', () => {
  assert.deepEqual(endpointTexts({ endpoint: '9005' }), ['udp://127.0.0.1:9005'])
  assert.throws(() => endpointTexts({ endpoint: 70_000 }), { code: 'TW_BAD_OPTION' })
  assert.throws(() => endpointTexts({ endpoint: Number.NaN }), { code: 'TW_BAD_OPTION' })
})

test('An endpoint that is neither text nor port is refused by its type', () => {
  // @ts-expect-error: an object is no endpoint
  assert.throws(() => endpointTexts({ endpoint: { port: 9001 } }), /of the type object/)
  // @ts-expect-error: null is no endpoint
  assert.throws(() => endpointTexts({ endpoint: [null] }), /is null/)
})

test('localhost becomes an address, with what stands behind it kept', async () => {
  const [url = ''] = await resolveHosts(['udp://localhost:9001?ttl=2'])
  assert.match(url, /^udp:\/\/(127\.0\.0\.1|\[::1\]):9001\?ttl=2$/)
})

test('No host is any address, and addresses stay as they are', async () => {
  const urls = ['udp://:9001', 'udp://10.0.0.1:1', 'udp://[::1]:9001', 'file:feed.pcap']
  assert.deepEqual(await resolveHosts(urls), ['udp://0.0.0.0:9001', ...urls.slice(1)])
})

test('A host name without an address is an error that names it', async () => {
  await assert.rejects(resolveHosts(['udp://no-such-host.invalid:9001']), (error: Error) => {
    assert.match(error.message, /"no-such-host\.invalid"/)
    return 'code' in error && error.code === 'TW_BAD_ENDPOINT'
  })
})

test('The host name of a URL is told from addresses', () => {
  assert.equal(hostNameOf('udp://feed.example:9001'), 'feed.example')
  assert.equal(hostNameOf('udp://127.0.0.1:9001'), undefined)
  assert.equal(hostNameOf('udp://:9001'), undefined)
})
