import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { moldDatagram } from '../wire/datagrams.js'
import { onlyObject, startReceiver } from './cli.js'
import { openSocket, rawDatagram } from './datagrams.js'

const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'
const ANY = 'udp://127.0.0.1:0'
const COUNT = 300

function mold(session: string, sequence: number): Uint8Array {
  const messages = [Buffer.from(`${session} says ${sequence}`)]
  return moldDatagram({ session, sequence: BigInt(sequence), messages })
}

for (const transport of ['socket', 'mapped']) {
  const title = `two sessions on one port are an alarm that names both and who sends them, ${transport}`
  const needsRoot = transport === 'mapped' && process.getuid?.() !== 0 ? 'needs CAP_NET_RAW' : false
  test(title, { skip: linux || needsRoot }, async (t) => {
    const { process: receiver, port } = await startReceiver(t, [
      ...[ANY, '--framing', 'moldudp64', '--transport', transport, '--json'],
    ])
    const [own, other] = [await openSocket(t), await openSocket(t)]
    for (let sequence = 1; sequence <= COUNT; sequence++) {
      await own.send(mold('MINE', sequence), port)
      await other.send(mold('THEIRS', sequence), port)
    }
    const said =
      /^warning .*second stream \(session THEIRS from 127\.0\.0\.1:(\d+), beside session MINE from 127\.0\.0\.1:(\d+)\).*--session/m
    await receiver.line(said)
    receiver.kill('SIGINT')
    const report = onlyObject<ReceiveReport>(await receiver.result)
    const [line] = report.lines
    assert.deepEqual([report.delivered, report.ledger.lost.total], [COUNT, 0])
    assert.deepEqual([line?.messages.first, line?.messages.duplicates], [COUNT, 0])
    assert.equal(line?.messages.foreign, COUNT)
    const told = report.warnings.filter((warning) => warning.includes('THEIRS'))
    assert.equal(told.length, 1, String(report.warnings))
    assert.ok(told[0]?.includes(`from 127.0.0.1:${other.port}`), told[0])
    assert.ok(told[0]?.includes(`from 127.0.0.1:${own.port}`), told[0])
  })
}

test('two senders that number the same are in conflict, and both are named', {
  skip: linux,
}, async (t) => {
  const { process: receiver, port } = await startReceiver(t, [ANY, '--json'])
  const [first, second] = [await openSocket(t), await openSocket(t)]
  for (let sequence = 0; sequence < COUNT; sequence++) {
    const datagram = rawDatagram(sequence)
    await first.send(datagram, port)
    datagram[24] = 99
    await second.send(datagram, port)
  }
  await receiver.line(/^warning .*second stream \(from 127\.0\.0\.1:\d+/m)
  receiver.kill('SIGINT')
  const report = onlyObject<ReceiveReport>(await receiver.result)
  const messages = report.lines[0]?.messages
  assert.equal(report.delivered, COUNT)
  assert.deepEqual([messages?.duplicates, messages?.conflicts], [COUNT, COUNT])
  assert.ok(
    report.warnings.some((warning) => warning.includes(`from 127.0.0.1:${second.port}`)),
    String(report.warnings),
  )
})

test('lines A and B with other bytes have conflicts, and no second stream is needed for that', {
  skip: linux,
}, async (t) => {
  const { process: receiver, endpoints } = await startReceiver(t, [ANY, ANY, '--json'])
  const [a = 0, b = 0] = endpoints.map((endpoint) => Number(new URL(endpoint).port))
  const sender = await openSocket(t)
  for (let sequence = 0; sequence < 20; sequence++) {
    const datagram = rawDatagram(sequence)
    await sender.send(datagram, a)
    await sleep(1)
    if (sequence === 7) datagram[24] = 99
    await sender.send(datagram, b)
  }
  receiver.kill('SIGINT')
  const report = onlyObject<ReceiveReport>(await receiver.result)
  const of = (part: 'duplicates' | 'conflicts') =>
    report.lines.reduce((sum, line) => sum + (line.messages[part] ?? Number.NaN), 0)
  assert.deepEqual([report.delivered, of('duplicates'), of('conflicts')], [20, 20, 1])
})

test('a run in which all is of another session names those that were seen', {
  skip: linux,
}, async (t) => {
  const { process: receiver, port } = await startReceiver(t, [
    ...[ANY, '--framing', 'moldudp64', '--session', 'WANTED', '--idle-exit-ms', '1500', '--json'],
  ])
  const sender = await openSocket(t)
  for (let sequence = 1; sequence <= 5; sequence++)
    await sender.send(mold('MORNING', sequence), port)
  await sender.send(mold('EVENING', 1), port)
  const report = onlyObject<ReceiveReport>(await receiver.result)
  assert.deepEqual([report.delivered, report.foreignDatagrams], [0, 6])
  const [warning = ''] = report.warnings.filter((one) => one.includes('WANTED'))
  assert.match(warning, /^All 6 datagrams.*session MORNING.*session EVENING.*--session/)
})

test('answers that are all of another session are a warning that names it', {
  skip: linux,
}, async (t) => {
  const server = await openSocket(t)
  const { process: receiver, port } = await startReceiver(t, [
    ...[ANY, '--framing', 'moldudp64', '--recover', `udp://127.0.0.1:${server.port}`],
    ...['--idle-exit-ms', '1500', '--json'],
  ])
  server.socket.on('message', (_, { port: client }) => {
    void server.send(mold('YESTERDAY', 2), client)
  })
  const sender = await openSocket(t)
  await sender.send(mold('TODAY', 1), port)
  await sender.send(mold('TODAY', 3), port)
  const report = onlyObject<ReceiveReport>(await receiver.result)
  assert.equal(report.ledger.lost.unrecovered, 1)
  assert.ok(
    report.warnings.some((one) => /^All \d+ answers.*session YESTERDAY/.test(one)),
    String(report.warnings),
  )
})

/** How a live run ends in order, and what asks for that. */
const ENDS = { 'a stop': [], 'its idle exit': ['--idle-exit-ms', '500'] }

for (const [end, options] of Object.entries(ENDS)) {
  test(`the last datagram of a live feed, alone and far ahead, is foreign after ${end}`, {
    skip: linux,
  }, async (t) => {
    const { process: receiver, port } = await startReceiver(t, [ANY, '--json', ...options])
    const own = await openSocket(t)
    for (let sequence = 0; sequence < 10; sequence++) await own.send(rawDatagram(sequence), port)
    await own.send(rawDatagram(1e6, 3), port)
    if (options.length === 0) receiver.kill('SIGINT')
    const { lines, ledger, ...report } = onlyObject<ReceiveReport>(await receiver.result)
    assert.deepEqual([report.delivered, ledger.expected, ledger.lost.total], [10, 10, 0])
    assert.deepEqual([report.foreignDatagrams, lines[0]?.messages.foreign], [1, 3])
    assert.deepEqual([ledger.balanced, report.restarts], [true, 0])
  })
}

test('the last datagram of a live feed, alone and of another session, is in the account and not delivered', {
  skip: linux,
}, async (t) => {
  const { process: receiver, port } = await startReceiver(t, [
    ...[ANY, '--framing', 'moldudp64', '--json'],
  ])
  const own = await openSocket(t)
  for (let sequence = 1; sequence <= 10; sequence++) await own.send(mold('MINE', sequence), port)
  await own.send(mold('NEXT', 1), port)
  receiver.kill('SIGINT')
  const { ledger, ...report } = onlyObject<ReceiveReport>(await receiver.result)
  assert.deepEqual([report.delivered, ledger.expected, ledger.lost.cutOff], [10, 11, 1])
  assert.deepEqual([ledger.balanced, report.restarts, report.foreignDatagrams], [true, 1, 0])
})
