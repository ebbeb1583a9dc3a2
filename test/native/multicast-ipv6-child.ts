/** Sends to an IPv6 group on loopback and receives there; for a network with a route to groups. */
import { libc } from '../../src/native/libc.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { KernelRing, numbered, receiveAll, sendAll } from './loopback.js'

const GROUP = 'ff11::7777'
const index = libc().if_nametoindex('lo')
const receiver = new UdpSocket(true)
receiver.allowSharedAddress()
receiver.bind(GROUP, 0, index)
receiver.joinGroup(GROUP, index, undefined)
const sender = new UdpSocket(true)
sender.setMulticastOutput(index, 1)
sender.connect(GROUP, receiver.port(), index)
const sent = sendAll(sender, [numbered(1), numbered(2)])
receiveAll(receiver, new KernelRing(2, 64, true), sent)
console.log(`received ${sent}`)
