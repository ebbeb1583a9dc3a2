import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { BridgeOptions } from '../../src/bridge/index.js'
import { makeNatsAccount } from '../kit/nats-accounts.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { freePort } from '../kit/ports.js'
import { lacks } from '../kit/programs.js'
import { until } from '../kit/until.js'
import { portOf } from '../system/cli.js'
import { openSocket } from '../system/datagrams.js'
import { temporaryFolder } from '../system/handler-modules.js'
import { AckProxy } from './ack-proxy.js'
import { delivered, LONG_MS, say, startBridge } from './feeding.js'
import { TestSubscriber } from './subscriber.js'

const skip = withoutNats()
const MESSAGES = 500

type Access = Pick<BridgeOptions, 'creds' | 'tlsCa' | 'tlsCert' | 'tlsKey' | 'nats'>

/** Asserts that messages go through a stream to which both ends log in like this. */
async function passes(t: TestContext, url: string, access: Access = {}): Promise<void> {
  const running = await startBridge(t, url, { create: true, ...access })
  const subscriber = await TestSubscriber.start(t, url, access)
  const socket = await openSocket(t)
  await say(socket, [portOf(running.endpoints[0])], 0, MESSAGES)
  const { seen } = await subscriber.end(MESSAGES, LONG_MS)
  assert.deepEqual([seen.messages, seen.misplaced], [MESSAGES, 0])
  await running.stop()
  for (const shown of [running.to, subscriber.feed.endpoints[0]]) {
    assert.doesNotMatch(shown ?? '', /secret/)
  }
}

/** Asserts that neither end is let in, and that no secret stands in what is said. */
async function isRefused(t: TestContext, url: string, access: Access = {}): Promise<void> {
  const refused = { code: 'TW_BROKER', message: /^(?!.*secret).*127\.0\.0\.1/ }
  await assert.rejects(startBridge(t, url, { create: true, ...access }), refused)
  await assert.rejects(TestSubscriber.start(t, url, access), refused)
}

test('A user and password, or a token, stand in the URL, and nowhere else', { skip }, async (t) => {
  const named = await NatsServer.start(t, ['--user', 'desk', '--pass', 'secret:word'])
  const url = (login: string) => named.url('market').replace('//', `//${login}@`)
  await passes(t, url('desk:secret%3Aword'))
  await isRefused(t, url('desk:secretly'))
  await isRefused(t, named.url('market'))
  const tokened = await NatsServer.start(t, ['--auth', 'secret-token'])
  await passes(t, tokened.url('market').replace('//', '//secret-token@'))
})

test('A file of credentials logs in where users have signed tokens', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const { config, credentials } = makeNatsAccount()
  const other = makeNatsAccount()
  const files = { config: join(folder, 'nats.conf'), mine: join(folder, 'mine.creds') }
  const strangers = join(folder, 'strangers.creds')
  writeFileSync(files.config, config)
  writeFileSync(files.mine, credentials)
  writeFileSync(strangers, other.credentials)
  const server = await NatsServer.start(t, ['-c', files.config])
  await passes(t, server.url('market'), { creds: files.mine })
  await isRefused(t, server.url('market'), { creds: strangers })
  await assert.rejects(startBridge(t, server.url('market'), { creds: join(folder, 'none') }), {
    code: 'TW_FILE_NOT_FOUND',
  })
})

/** A certificate of an authority's for this machine, or without one the authority itself. */
function certificate(folder: string, name: string, authority?: string): void {
  const openssl = (args: readonly string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  }
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', `${name}.key`, '-subj', `/CN=${name}`]
  if (authority === undefined) {
    openssl([...request, '-x509', '-days', '2', ...files, '-out', `${name}.pem`])
    return
  }
  openssl([...request, ...files, '-out', `${name}.csr`])
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1')
  openssl([
    ...['x509', '-req', '-days', '2', '-in', `${name}.csr`, '-out', `${name}.pem`],
    ...['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'],
    ...['-extfile', 'names'],
  ])
}

test('TLS with certificates on both sides lets in whom the authority knows, and nobody else', {
  skip: skip || lacks('openssl', 'openssl'),
}, async (t) => {
  const folder = temporaryFolder(t)
  certificate(folder, 'authority')
  certificate(folder, 'server', 'authority')
  certificate(folder, 'client', 'authority')
  certificate(folder, 'stranger')
  const file = (name: string) => join(folder, name)
  const server = await NatsServer.start(t, [
    ...['--tls', '--tlscert', file('server.pem'), '--tlskey', file('server.key')],
    ...['--tlscacert', file('authority.pem'), '--tlsverify'],
  ])
  const url = server.url('market').replace('nats:', 'tls:')
  const tlsCa = file('authority.pem')
  await passes(t, url, { tlsCa, tlsCert: file('client.pem'), tlsKey: file('client.key') })
  // The server only ends the connection, again and again.
  await isRefused(t, url, { tlsCa, nats: { timeout: 3000 } })
  await isRefused(t, url, { tlsCert: file('client.pem'), tlsKey: file('client.key') })
  const strange = { tlsCert: file('stranger.pem'), tlsKey: file('stranger.key') }
  await isRefused(t, url, { tlsCa, ...strange, nats: { timeout: 3000 } })
})

test('Of several servers one that is there is taken, and another one when it goes', {
  skip,
}, async (t) => {
  const store = await NatsServer.start(t)
  const door = await AckProxy.open(t, store.port, 'twice')
  door.behave()
  const nobody = await freePort()
  const url = `nats://127.0.0.1:${nobody},127.0.0.1:${door.port},127.0.0.1:${store.port}/market`
  const access = { nats: { noRandomize: true } }
  await startBridge(t, store.url('market'), { create: true }).then((first) => first.stop())
  const running = await startBridge(t, url, access)
  const subscriber = await TestSubscriber.start(t, url, access)
  const socket = await openSocket(t)
  const ports = [portOf(running.endpoints[0])]
  await say(socket, ports, 0, MESSAGES)
  await until('the first part is stored', () => running.stats().bridge.messages === MESSAGES)
  door.close()
  await say(socket, ports, MESSAGES, MESSAGES)
  await delivered(running, 2 * MESSAGES)
  const { report, seen } = await subscriber.end(2 * MESSAGES, LONG_MS)
  assert.deepEqual([seen.messages, seen.misplaced, seen.gaps], [2 * MESSAGES, 0, []])
  assert.ok((report.stream?.reconnects ?? 0) > 0)
  const { bridge } = await running.stop()
  assert.ok(bridge.reconnects > 0)
  assert.deepEqual([bridge.messages, bridge.unknown, bridge.notPublished], [2 * MESSAGES, 0, 0])
})
