import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { EAGAIN } from '../../src/native/constants.js'
import { libc } from '../../src/native/libc.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { KernelRing, numbered, payloadAt, receiveAll, sendAll } from './loopback.js'

/** Groups for use within one site (RFC 2365). */
const GROUP = '239.255.77.77'
const OTHER_GROUP = '239.255.77.78'
const LOOPBACK = Object.entries(networkInterfaces()).find(([, addresses]) =>
  addresses?.some(({ address }) => address === '127.0.0.1'),
)?.[0]
const skip = LOOPBACK === undefined ? 'this machine has no loopback interface' : false
const index = LOOPBACK === undefined ? 0 : libc().if_nametoindex(LOOPBACK)

const CHILD = fileURLToPath(new URL('./multicast-ipv6-child.js', import.meta.url))
/** Two interfaces that a wire joins; IPv6 addresses at once, without asking whether they are taken. */
const SET_UP = [
  'ip link set lo up',
  'ip link add near type veth peer name far',
  'ip -6 address add fe80::1/64 dev near nodad',
  'ip -6 address add fe80::2/64 dev far nodad',
  'ip link set near up',
  'ip link set far up',
  'exec "$@"',
].join(' && ')
/** The command that runs another one in a network of its own, as root or as a root of its own. */
const NAMESPACE = [['--net'], ['--map-root-user', '--net']]
  .map((options) => ['unshare', ...options, 'sh', '-c', SET_UP, 'sh'])
  .find(([program = '', ...rest]) => spawnSync(program, [...rest, 'true']).status === 0)

function open(t: TestContext, ipv6: boolean): UdpSocket {
  const socket = new UdpSocket(ipv6)
  t.after(() => socket.close())
  return socket
}

/** A socket that is bound to a group and has not joined it yet. */
function openReceiver(t: TestContext, group: string): UdpSocket {
  const socket = open(t, group.includes(':'))
  socket.allowSharedAddress()
  socket.bind(group, 0, index)
  return socket
}

function openSender(t: TestContext, group: string, port: number, from?: string): UdpSocket {
  const socket = open(t, group.includes(':'))
  if (from !== undefined) socket.bind(from, 0)
  socket.setMulticastOutput(index, 1)
  socket.connect(group, port, index)
  return socket
}

test('UdpSocket gets what is sent to a group that it joined on an interface', { skip }, (t) => {
  const receiver = openReceiver(t, GROUP)
  const sender = openSender(t, GROUP, receiver.port())
  receiver.joinGroup(GROUP, index, undefined)
  assert.equal(sendAll(sender, [numbered(1), numbered(2)]), 2)
  const ring = new KernelRing(2, 64, true)
  receiveAll(receiver, ring, 2)
  assert.deepEqual(payloadAt(ring, 0), numbered(1))
  assert.deepEqual(payloadAt(ring, 1), numbered(2))
})

test('UdpSocket gets what is sent to an IPv6 group that it joined on an interface', {
  skip: NAMESPACE === undefined ? 'this user may not make a network namespace with IPv6' : false,
}, () => {
  // Loopback does not carry IPv6 groups.
  const [program = '', ...options] = [...(NAMESPACE ?? []), process.execPath, CHILD]
  const child = spawnSync(program, options, { encoding: 'utf8' })
  assert.equal(child.status, 0, child.stderr)
  assert.equal(child.stdout.trim(), 'received 1 of 29 bytes')
})

test('UdpSocket gets only what the named source sends to a group', { skip }, (t) => {
  const receiver = openReceiver(t, GROUP)
  const wanted = openSender(t, GROUP, receiver.port(), '127.0.0.2')
  const unwanted = openSender(t, GROUP, receiver.port(), '127.0.0.3')
  receiver.joinGroup(GROUP, index, '127.0.0.2')
  // Loopback delivers within the send call: what was let through is in order.
  assert.equal(sendAll(unwanted, [numbered(1)]), 1)
  assert.equal(sendAll(wanted, [numbered(2)]), 1)
  assert.equal(sendAll(unwanted, [numbered(3)]), 1)
  assert.equal(sendAll(wanted, [numbered(4)]), 1)
  const ring = new KernelRing(4, 64, true)
  receiveAll(receiver, ring, 2)
  assert.deepEqual(payloadAt(ring, 0), numbered(2))
  assert.deepEqual(payloadAt(ring, 1), numbered(4))
  assert.equal(receiver.receiveMany(ring.headers.at(2), 1), -EAGAIN)
})

test('UdpSocket gets nothing of a group that only somebody else joined', { skip }, (t) => {
  const first = open(t, false)
  const second = open(t, false)
  for (const socket of [first, second]) socket.allowSharedAddress()
  // Bound to all addresses on purpose: only leaving IP_MULTICAST_ALL keeps the groups apart.
  first.bind('0.0.0.0', 0)
  second.bind('0.0.0.0', first.port())
  first.joinGroup(GROUP, index, undefined)
  second.joinGroup(OTHER_GROUP, index, undefined)
  const toFirst = openSender(t, GROUP, first.port())
  const toSecond = openSender(t, OTHER_GROUP, first.port())
  assert.equal(sendAll(toFirst, [numbered(1)]), 1)
  assert.equal(sendAll(toSecond, [numbered(2)]), 1)
  for (const [socket, number] of [
    [first, 1],
    [second, 2],
  ] as const) {
    const ring = new KernelRing(2, 64, true)
    receiveAll(socket, ring, 1)
    assert.deepEqual(payloadAt(ring, 0), numbered(number))
    assert.equal(socket.receiveMany(ring.headers.at(1), 1), -EAGAIN)
  }
})
