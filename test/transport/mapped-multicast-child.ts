/**
 * Reads a group through the mapped transport on the interface `far`, at the end of a wire whose other
 * end is `near`, and prints what came: GROUP NEAR FAR as arguments.
 */
import { currentEpoch } from '../../src/foundation/clock.js'
import { libc } from '../../src/native/libc.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { parseEndpoint } from '../../src/transport/endpoint.js'
import { openMappedLine } from '../../src/transport/mapped-line.js'
import { numbered, sendAll } from '../native/loopback.js'
import { pause, payloadOf } from './mapped-reading.js'

const ATTEMPTS = 1000
const [group = '', other = '', near = '', far = ''] = process.argv.slice(2)
const ipv6 = group.includes(':')
const host = ipv6 ? `[${group}]` : group
const endpoint = parseEndpoint(`udp://${host}:7777?interface=${far}`)
const line = openMappedLine(endpoint, 64, 2048, currentEpoch())
const senders = [other, group].map((to) => {
  const index = libc().if_nametoindex(near)
  const sender = new UdpSocket(ipv6)
  sender.setMulticastOutput(index, 1)
  sender.connect(to, line.port, index)
  return sender
})
// A wire that has just been plugged in may lose what is sent at once.
for (let attempt = 0; attempt < ATTEMPTS && line.source.isEmpty(); attempt++) {
  senders.forEach((sender, i) => {
    sendAll(sender, [numbered(i, 100)])
  })
  pause()
}
const taken = line.source.take(64)
const came = Array.from({ length: taken }, (_, nth) => {
  line.source.open(nth)
  return `${line.source.damaged} ${payloadOf(line.source)[0]} ${line.source.length}`
})
console.log([...new Set(came)].join('; '))
line.close()
