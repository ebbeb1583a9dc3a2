import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TickwireError } from '../../../src/foundation/errors.js'
import { type OptionTable, readOptions } from '../../../src/run/options/declaration.js'
import { RECEIVE_OPTIONS, type ReceiveOptions } from '../../../src/run/options/receive-options.js'
import { planReceive } from '../../../src/run/options/receive-plan.js'
import { SEND_OPTIONS } from '../../../src/run/options/send-options.js'
import { planSend } from '../../../src/run/options/send-plan.js'
import { PUBLISH_OPTIONS } from '../../../src/run/publish.js'

/** What a plan refuses its options with. */
function refusal(plan: () => unknown): TickwireError {
  try {
    plan()
  } catch (error) {
    assert.ok(error instanceof TickwireError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

const TABLES: Readonly<Record<string, OptionTable>> = {
  receive: RECEIVE_OPTIONS,
  send: SEND_OPTIONS,
  publish: PUBLISH_OPTIONS,
}

for (const [verb, table] of Object.entries(TABLES)) {
  for (const [name, declaration] of Object.entries(table)) {
    if (declaration.kind !== 'whole' && declaration.kind !== 'number') continue
    test(`${verb} refuses ${name} where it is NaN, endless, or no number`, () => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, declaration.min - 1, '1', {}]) {
        const { code, message } = refusal(() => readOptions({ [name]: value }, table))
        assert.equal(code, 'TW_BAD_OPTION')
        assert.match(message, new RegExp(`^${name} is `))
      }
    })
  }

  test(`${verb} has a help text for each option that has a flag, and it begins with a verb`, () => {
    for (const [name, declaration] of Object.entries(table)) {
      if (declaration.kind === 'program' && declaration.value === undefined) continue
      assert.match(declaration.help ?? '', /^[a-z]+ /, name)
      assert.doesNotMatch(declaration.help ?? '', /^(the|a|an|of|when|what|how) /, name)
    }
  })
}

test('receive refuses an unknown option with the nearest name', () => {
  // @ts-expect-error: there is no such option
  const { code, message } = refusal(() => planReceive({ slotz: 64 }))
  assert.equal(code, 'TW_BAD_OPTION')
  assert.equal(message, 'There is no option slotz. Did you mean slots? If not, leave it out.')
})

test('send refuses an unknown option with the nearest name', () => {
  // @ts-expect-error: there is no such option
  assert.match(refusal(() => planSend({ mesagesPerDatagram: 2 })).message, /messagesPerDatagram\?/)
})

test('Options fill in what is fixed, and leave out what depends', () => {
  const { slots, framing, receiveBufferBytes, cpu } = readOptions<
    ReceiveOptions,
    typeof RECEIVE_OPTIONS
  >({}, RECEIVE_OPTIONS)
  assert.deepEqual(
    { slots, framing, receiveBufferBytes, cpu },
    { slots: undefined, framing: 'raw', receiveBufferBytes: 4_194_304, cpu: undefined },
  )
})

test('Options take null only where it means none', () => {
  assert.equal(planReceive({ cpu: null, handler: null }).cpu, null)
  // @ts-expect-error: a ring always has slots
  assert.match(refusal(() => planReceive({ slots: null })).message, /^slots is null\./)
})

test('Options that are no object are refused', () => {
  // @ts-expect-error: options are an object
  assert.equal(refusal(() => planReceive('udp://127.0.0.1:9001')).code, 'TW_BAD_OPTION')
  // @ts-expect-error: options are an object
  assert.equal(refusal(() => planSend(null)).code, 'TW_BAD_OPTION')
})

test('receive refuses a handler that is no module, and says what to do', () => {
  const handlers = { 'a function': () => {}, 'an object': { onMessage() {} } }
  for (const [what, handler] of Object.entries(handlers)) {
    // @ts-expect-error: a handler is the path of a module
    const { code, message } = refusal(() => planReceive({ handler }))
    assert.equal(code, 'TW_BAD_HANDLER')
    assert.match(message, new RegExp(`^The handler is ${what}, .*path of a module.*for await`))
  }
})

const MEANINGLESS = {
  behindLimit: { behindLimit: 4 },
  conflateMessages: { conflateMessages: 4 },
  whenFull: { whenFull: 'wait', transport: 'mapped', handler: null },
  handlerCpu: { handlerCpu: 1, handlerThread: 'inline', handler: null },
  profileRecords: { profileRecords: 10 },
  workNs: { workNs: 10 },
  onGap: { onGap() {}, handler: null },
  window: { window: 10 },
  recoverDelayMs: { recoverDelayMs: 1 },
  holdBytes: { holdBytes: 1000 },
  lineSilentMs: { lineSilentMs: 100 },
  lineBehind: { lineBehind: 100 },
} as const

for (const [name, options] of Object.entries(MEANINGLESS)) {
  test(`receive refuses ${name} where it means nothing beside the others`, () => {
    const { code, message } = refusal(() => planReceive(options))
    assert.equal(code, 'TW_BAD_OPTION')
    assert.match(message, new RegExp(`^${name} means nothing here: `))
  })
}

const MEANINGLESS_TO_SEND = {
  session: { session: 'A' },
  heartbeatMs: { heartbeatMs: 10 },
  lingerMs: { lingerMs: 10 },
  flowGroup: { flowGroup: 'max' },
  flowWaitMs: { flowWaitMs: 10 },
  retransmitStoreBytes: { retransmitStoreBytes: 1_000_000 },
  gso: { gso: true, transport: 'portable' },
} as const

for (const [name, options] of Object.entries(MEANINGLESS_TO_SEND)) {
  test(`send refuses ${name} where it means nothing beside the others`, () => {
    const { code, message } = refusal(() => planSend(options))
    assert.equal(code, 'TW_BAD_OPTION')
    assert.match(message, new RegExp(`^${name} means nothing here: `))
  })
}

test('receive refuses to request what is lost from its own endpoint', () => {
  for (const endpoint of ['udp://127.0.0.1:9001', 'udp://0.0.0.0:9001']) {
    const { code, message } = refusal(() =>
      planReceive({ endpoint, recover: 'udp://127.0.0.1:9001' }),
    )
    assert.equal(code, 'TW_BAD_OPTION')
    assert.match(message, /where the feed itself is received/)
  }
  assert.equal(planReceive({ endpoint: 9001, recover: 'udp://127.0.0.1:9003' }).recover?.port, 9003)
})
