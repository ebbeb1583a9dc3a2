/**
 * Runs in a network of its own: two receivers, a publication with flow control, and its request server,
 * while packets of all kinds come to each of them.
 *
 *     node raw-packets-child.js SEED PACKETS
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Feed, publish, receive } from '../../src/index.js'
import { requestBytes } from '../retransmit/retransmission-datagrams.js'
import { sendRaw } from '../transport/mapped-reading.js'
import { rawDatagram } from '../wire/datagrams.js'
import { PacketMaker } from './raw-packet-maker.js'

const [, , seedText, countText] = process.argv
const LOCALHOST = '127.0.0.1'
const BATCH = 64
/** What has not come by then never comes. */
const LIMIT_MS = 30_000
const SESSION = 'FUZZ'
const FEED = { endpoints: `udp://${LOCALHOST}:0`, handler: null, idle: 'park', cpu: null } as const

async function until(what: string, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS
  while (!condition()) {
    assert.ok(performance.now() < endMs, `${what} within ${LIMIT_MS} ms`)
    await sleep(1)
  }
}

function portOf(url: string | undefined): number {
  return Number(new URL(url ?? '').port)
}

/** The local port of the socket that is connected to a port of this machine: /proc/net/udp. */
function portConnectedTo(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  for (const line of readFileSync('/proc/net/udp', 'utf8').split('\n')) {
    const [, local = '', remote = ''] = line.trim().split(/\s+/)
    if (remote === `0100007F:${hex}`) return Number.parseInt(local.split(':')[1] ?? '', 16)
  }
  throw new Error(`no socket is connected to port ${port}`)
}

/** Sends packets to a port, a batch at a time, until `arrived` has counted each that should have come. */
async function flood(
  maker: PacketMaker,
  count: number,
  to: number,
  reaches: 'reachesSocket' | 'reachesRing',
  arrived: () => number,
  from?: { address: string; port: number },
): Promise<number> {
  const before = arrived()
  let wanted = 0
  for (let sent = 0; sent < count; sent += BATCH) {
    const packets = Array.from({ length: BATCH }, () =>
      maker.packet({ address: LOCALHOST, port: to }, from),
    )
    wanted += packets.filter((packet) => packet[reaches]).length
    sendRaw(
      LOCALHOST,
      packets.map(({ bytes }) => bytes),
    )
    await until(`${wanted} of ${sent + BATCH} packets arrive`, () => arrived() - before >= wanted)
    // With flow control the true receiver's datagrams are among them.
    if (from === undefined)
      assert.equal(arrived() - before, wanted, `after ${sent + BATCH} packets`)
  }
  return wanted
}

const datagrams = (feed: Feed) => () => feed.stats().lines[0]?.datagrams ?? 0

const maker = new PacketMaker(Number(seedText))
const each = Math.ceil(Number(countText) / 4)
const plain = await receive({ ...FEED, transport: 'socket' })
const mapped = await receive({ ...FEED, transport: 'mapped' })
const served = await receive({
  ...FEED,
  transport: 'socket',
  framing: 'moldudp64',
  session: SESSION,
  flow: 'credit',
})
const publication = await publish({
  endpoint: served.endpoints[0],
  framing: 'moldudp64',
  session: SESSION,
  flow: 'credit',
  retransmit: `udp://${LOCALHOST}:0`,
  cpu: null,
})
await until('the receiver is connected', () => publication.connected)
const message = rawDatagram(0, 1)
const offer = async () => {
  let sequence = -1
  await until('an offer succeeds', () => {
    sequence = publication.offer(message)
    return sequence >= 0
  })
  return sequence
}
for (let i = 0; i < 100; i++) await offer()

const requestPort = portOf(publication.retransmitEndpoint)
const requests = () => publication.stats().retransmission?.requests ?? 0
const counts = {
  socket: await flood(maker, each, portOf(plain.endpoints[0]), 'reachesSocket', datagrams(plain)),
  mapped: await flood(maker, each, portOf(mapped.endpoints[0]), 'reachesRing', datagrams(mapped)),
  server: await flood(maker, each, requestPort, 'reachesSocket', requests),
  inbox: 0,
}
const statuses = () => {
  const flow = publication.stats().flow
  return (flow?.statuses ?? 0) + (flow?.refused ?? 0)
}
const receiverPort = portOf(served.endpoints[0])
const inboxPort = portConnectedTo(receiverPort)
const from = { address: LOCALHOST, port: receiverPort }
counts.inbox = await flood(maker, each, inboxPort, 'reachesSocket', statuses, from)

// Everything is alive: offers get through, a request is answered, datagrams are received.
const deliveredBefore = served.stats().delivered
await until('the receiver is connected again', () => publication.connected)
for (let i = 0; i < 100; i++) await offer()
await until('offers are delivered', () => served.stats().delivered >= deliveredBefore + 100)
const client = createSocket('udp4')
client.bind(0, LOCALHOST)
await once(client, 'listening')
const answered = once(client, 'message')
const request = requestBytes({ session: SESSION, sequence: 1n, count: 1 })
const asking = setInterval(() => client.send(request, requestPort, LOCALHOST), 200)
await answered
clearInterval(asking)
for (const feed of [plain, mapped]) {
  const before = datagrams(feed)()
  client.send(rawDatagram(0, 1), portOf(feed.endpoints[0]), LOCALHOST)
  await until('a datagram is received', () => datagrams(feed)() === before + 1)
}
client.close()

const sent = await publication.close()
const reports = await Promise.all([plain.stop(), mapped.stop(), served.stop()])
const { retransmission } = sent
assert.ok(retransmission !== null)
const refused = Object.values(retransmission.refused).reduce((sum, count) => sum + count, 0)
process.stdout.write(
  `${JSON.stringify({
    counts,
    balanced: reports.map(({ ledger }) => ledger.balanced),
    unaccountedRequests: retransmission.requests - refused - retransmission.replies,
    drops: reports.map(({ ledger }) => ledger.lost.kernel),
    served: [sent.publication.unsent, reports[2].ledger.lost.total],
  })}\n`,
)
