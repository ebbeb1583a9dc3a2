import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TickwireError } from '../../../src/foundation/errors.js'
import { planReceive } from '../../../src/run/options/receive-plan.js'

const IPV4 = 'udp://127.0.0.1:9001'
const IPV6 = 'udp://[::1]:9001'

function allowed(endpoints: readonly string[], allowSources?: string | readonly string[]) {
  return planReceive({ endpoints, allowSources }).allowedSources
}

test('A plan without sources allows any source on each line', () => {
  assert.deepEqual(allowed([IPV4, IPV6]), [[], []])
})

test('A plan allows the sources of all lines and the one of its endpoint, each once', () => {
  const own = `${IPV4}?source=10.0.0.1`
  assert.deepEqual(allowed([own, IPV4], ['10.0.0.2', '10.0.0.1']), [
    ['10.0.0.2', '10.0.0.1'],
    ['10.0.0.2', '10.0.0.1'],
  ])
  assert.deepEqual(allowed([own, IPV4]), [['10.0.0.1'], []])
  assert.deepEqual(allowed([IPV6], ['FE80::0009', 'fe80::9']), [['fe80::9']])
})

test('A plan gives each line the sources of its own address family', () => {
  assert.deepEqual(allowed([IPV4, IPV6], ['10.0.0.1', '::2']), [['10.0.0.1'], ['::2']])
})

test('A plan leaves a group that is joined with its source to the kernel', () => {
  const group = 'udp://232.1.1.1:9001?source=10.0.0.1'
  assert.deepEqual(allowed([group, 'udp://239.1.1.1:9001'], '10.0.0.2'), [[], ['10.0.0.2']])
})

const BAD: readonly (readonly [readonly string[], string, RegExp])[] = [
  [[IPV4], 'example.com', /"example\.com" is not the address of a host/],
  [[IPV4], '', /"" is not/],
  [[IPV4], '127.0.0.1:9001', /is not the address/],
  [[IPV4], '0.0.0.0', /is not the address/],
  [[IPV4], '239.1.1.1', /is not the address/],
  [[IPV6], '::', /is not the address/],
  [[IPV6], 'fe80::1%eth0', /is not the address/],
  [[IPV4], '::1', /::1 has another address family than udp:\/\/127\.0\.0\.1:9001/],
  [[IPV6], '127.0.0.1', /another address family/],
  [[IPV4, IPV6], '127.0.0.1', /No allowed source has the address family of udp:\/\/\[::1\]/],
]

for (const [endpoints, source, why] of BAD) {
  test(`A plan for ${endpoints.join(' and ')} refuses the source "${source}"`, () => {
    assert.throws(
      () => allowed(endpoints, source),
      (error) =>
        error instanceof TickwireError &&
        error.code === 'TW_BAD_OPTION' &&
        why.test(error.message) &&
        error.remedy !== '',
    )
  })
}
