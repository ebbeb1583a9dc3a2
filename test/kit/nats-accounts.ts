import { createHash } from 'node:crypto'
import { nkeys } from '@nats-io/transport-node'

/** What a server that knows its users by signed tokens is configured with, and a user of it. */
export interface NatsAccount {
  /** Of the server's configuration. */
  readonly config: string
  /** A file of credentials, as `nsc` writes them. */
  readonly credentials: string
}

type KeyPair = ReturnType<typeof nkeys.createUser>

const UNLIMITED = -1
const LIMITS = {
  ...{ subs: UNLIMITED, data: UNLIMITED, payload: UNLIMITED, conn: UNLIMITED, leaf: UNLIMITED },
  ...{ imports: UNLIMITED, exports: UNLIMITED, wildcards: true },
  ...{ mem_storage: UNLIMITED, disk_storage: UNLIMITED, streams: UNLIMITED, consumer: UNLIMITED },
}

/**
 * Makes an operator, an account that may use JetStream, and a user in it
 * (https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt).
 */
export function makeNatsAccount(): NatsAccount {
  const operator = nkeys.createOperator()
  const account = nkeys.createAccount()
  const system = nkeys.createAccount()
  const user = nkeys.createUser()
  const operatorToken = tokenOf(operator, operator, { type: 'operator', version: 2 })
  const accountClaims = {
    ...{ type: 'account', version: 2, limits: LIMITS },
    default_permissions: { pub: {}, sub: {} },
  }
  // The server's own account must not have storage.
  const { mem_storage: _, disk_storage: __, ...systemLimits } = LIMITS
  const tokens = [
    [account, tokenOf(operator, account, accountClaims)],
    [system, tokenOf(operator, system, { ...accountClaims, limits: systemLimits })],
  ] as const
  const userToken = tokenOf(account, user, {
    ...{ type: 'user', version: 2, pub: {}, sub: {} },
    ...{ subs: UNLIMITED, data: UNLIMITED, payload: UNLIMITED },
  })
  return {
    config: [
      `operator: ${operatorToken}`,
      'resolver: MEMORY',
      `system_account: ${system.getPublicKey()}`,
      'resolver_preload: {',
      ...tokens.map(([pair, token]) => `  ${pair.getPublicKey()}: ${token}`),
      '}',
    ].join('\n'),
    credentials: [
      ...['-----BEGIN NATS USER JWT-----', userToken, '------END NATS USER JWT------', ''],
      '-----BEGIN USER NKEY SEED-----',
      ...[new TextDecoder().decode(user.getSeed()), '------END USER NKEY SEED------', ''],
    ].join('\n'),
  }
}

/** Claims about `subject` that `issuer` has signed. */
function tokenOf(issuer: KeyPair, subject: KeyPair, claims: object): string {
  const payload = {
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: 'test',
    nats: claims,
  }
  const jti = createHash('sha256').update(JSON.stringify(payload)).digest('hex')
  const header = { typ: 'JWT', alg: 'ed25519-nkey' }
  const signed = `${encoded(header)}.${encoded({ jti, ...payload })}`
  const signature = issuer.sign(new TextEncoder().encode(signed))
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
