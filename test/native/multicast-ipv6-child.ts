/** Sends to an IPv6 group on the interface `near` and receives on `far`, at the end of its wire. */
import { POLLIN } from '../../src/native/constants.js'
import { libc } from '../../src/native/libc.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { KernelRing, numbered, sendAll } from './loopback.js'

/** Transient, of the link's scope (RFC 4291). */
const GROUP = 'ff12::7777'
const ATTEMPTS = 100
const near = libc().if_nametoindex('near')
const far = libc().if_nametoindex('far')
const receiver = new UdpSocket(true)
receiver.allowSharedAddress()
receiver.bind(GROUP, 0, far)
receiver.joinGroup(GROUP, far, undefined)
const sender = new UdpSocket(true)
sender.setMulticastOutput(near, 1)
sender.connect(GROUP, receiver.port(), near)
const ring = new KernelRing(1, 64, true)
let received = 0
// A wire that has just been plugged in may lose what is sent at once.
for (let attempt = 0; attempt < ATTEMPTS && received <= 0; attempt++) {
  sendAll(sender, [numbered(attempt)])
  receiver.wait(POLLIN, 100)
  received = receiver.receiveMany(ring.headers.at(0), 1)
}
console.log(`received ${received} of ${ring.consumer.length(0)} bytes`)
