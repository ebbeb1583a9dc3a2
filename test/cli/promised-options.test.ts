// What scripts rely on: commands, their options, what an option takes and what stands for a missing one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasFlag, parseArguments } from '../../src/cli/arguments.js'
import { COMMANDS } from '../../src/cli/commands.js'
import { flagOf } from '../../src/foundation/option-name.js'
import type { OptionDeclaration } from '../../src/run/options/declaration.js'

/** What an option takes: nothing, a number, any text, or one of these words; and its default. */
type Promised = 'switch' | 'number' | 'text' | readonly string[] | { readonly number: number }
type Options = Readonly<Record<string, Promised>>

const LIVE_FRAMINGS = ['raw', 'moldudp64', 'iex-tp', 'mdp3']
const FRAMINGS = [...LIVE_FRAMINGS, 'binaryfile', 'auto']
const PROTOCOLS = ['auto', 'none', 'native', 'itch50', 'tops16', 'deep10', 'deepplus10']
const TRANSPORTS = ['auto', 'socket', 'mapped', 'portable']

const WATCHED: Options = { metrics: 'text', counters: 'text' }

const FEED: Options = {
  framing: FRAMINGS,
  protocol: 'text',
  transport: TRANSPORTS,
  slots: { number: 1024 },
  'slot-bytes': 'number',
  'when-full': ['wait', 'drop-newest'],
  flow: ['none', 'credit'],
  'receive-buffer-bytes': { number: 4_194_304 },
  gro: 'switch',
  cpu: { number: 0 },
  'handler-cpu': 'number',
  'no-pin': 'switch',
  session: 'text',
  recover: 'text',
  'recover-wait-ms': 'number',
  count: 'number',
  'duration-ms': 'number',
  'idle-exit-ms': 'number',
  'first-within-ms': 'number',
  name: 'text',
  speed: 'number',
  date: 'text',
  from: 'text',
  ...WATCHED,
}

const STEPS: Options = {
  'when-behind': ['every', 'skip-oldest', 'conflate'],
  'behind-limit': 'number',
  profile: 'text',
  books: 'switch',
  'publish-top': 'text',
}

const ROTATION: Options = {
  'rotate-bytes': 'number',
  'rotate-ms': 'number',
  fsync: 'text',
}

const PROMISED: Readonly<Record<string, Options>> = {
  receive: {
    ...{ ...FEED, ...STEPS, handler: 'text', 'handler-thread': ['own', 'inline'] },
    ...{ 'work-ns': { number: 0 }, record: 'text', log: ['json', 'text', 'off'] },
  },
  send: {
    count: { number: 10_000 },
    rate: { number: 1000 },
    burst: { number: 1 },
    framing: ['raw', 'moldudp64'],
    'messages-per-datagram': { number: 1 },
    instruments: { number: 8 },
    seed: { number: 1 },
    batch: { number: 32 },
    gso: 'switch',
    flow: ['rate', 'credit'],
    cpu: { number: 1 },
    'no-pin': 'switch',
    session: 'text',
    retransmit: 'text',
    'heartbeat-ms': 'number',
    'datagrams-per-request': 'number',
    'start-delay-ms': { number: 0 },
    ...WATCHED,
  },
  tune: {
    'duration-ms': { number: 5000 },
    handler: 'text',
    'work-ns': { number: 0 },
    framing: FRAMINGS,
    profile: 'text',
    pcap: 'text',
    'service-ns': 'number',
    'no-verify': 'switch',
    svg: 'text',
  },
  lab: {},
  decode: {
    output: 'text',
    force: 'switch',
    type: 'text',
    instrument: 'text',
    limit: 'number',
    pretty: 'switch',
    stats: 'switch',
    index: 'switch',
    framing: FRAMINGS,
    protocol: 'text',
    session: 'text',
    date: 'text',
  },
  book: {
    instrument: 'text',
    depth: { number: 10 },
    at: 'text',
    'at-sequence': 'number',
    protocol: ['auto', 'itch50', 'deep10', 'deepplus10', 'tops16'],
  },
  diff: { protocol: ['auto', 'itch50', 'deep10', 'deepplus10', 'tops16'] },
  compare: { html: 'text' },
  record: { ...FEED, ...STEPS, ...ROTATION },
  sample: {
    messages: 'number',
    instruments: 'number',
    seed: 'number',
    loss: 'number',
    line: ['a', 'b'],
  },
  generate: { out: 'text' },
  stat: {},
  loss: {},
  top: {},
  doctor: {},
  bridge: {
    ...FEED,
    create: 'switch',
    books: 'switch',
    shards: { number: 1 },
    spill: 'text',
    storage: ['file', 'memory'],
    replicas: 'number',
    retention: ['limits', 'interest', 'workqueue'],
    'duplicate-window-ms': 'number',
  },
  demo: { quick: 'switch' },
  bench: { only: ['reading'] },
  replay: {
    speed: 'number',
    from: 'text',
    map: 'text',
    'max-gap-ms': { number: 60_000 },
    start: 'text',
    end: 'text',
    loop: 'number',
  },
}

/** Operands that these commands cannot do without. */
const OPERANDS: Readonly<Record<string, readonly string[]>> = {
  decode: ['a.pcap'],
  book: ['a.pcap'],
  diff: ['a.pcap', 'b.pcap'],
  compare: ['a.pcap', 'b.pcap'],
  record: ['a.pcap'],
  sample: ['itch50', 'a.pcap'],
  generate: ['a.xml'],
  bridge: ['nats://127.0.0.1:4222/market'],
  replay: ['a.pcap'],
}

/** Possible for each option that takes a number, but for `--replicas`. */
const A_NUMBER = '1024'
/** What `--protocol` takes where it takes a schema's file too. */
const NAMED = [...PROTOCOLS, 'sbe:venue.xml']

for (const [name, options] of Object.entries(PROMISED)) {
  test(`${name} takes each option that was promised, with what was promised for it`, async () => {
    const entry = COMMANDS[name]
    assert.ok(entry !== undefined, `there is a command ${name}`)
    const command = await entry.load()
    const declared = new Map(
      Object.entries(command.options)
        .filter(([, declaration]) => hasFlag(declaration))
        .map(([property, declaration]) => [flagOf(property), { property, declaration }]),
    )
    const operands = OPERANDS[name] ?? []
    const taken = (...args: string[]) => parseArguments([...operands, ...args], command).flags
    for (const [flag, promised] of Object.entries(options)) {
      const found = declared.get(flag)
      assert.ok(found !== undefined, `${name} has --${flag}`)
      const { property, declaration } = found
      if (promised === 'switch') {
        assert.equal(typeof taken(`--${flag}`)[property], 'boolean', `${name} --${flag}`)
        continue
      }
      for (const value of valuesOf(flag, promised)) {
        const got = taken(`--${flag}`, value)[property]
        const wanted: unknown = isNumber(promised) ? Number(value) : value
        assert.deepEqual(got, Array.isArray(got) ? [wanted] : wanted, `${name} --${flag} ${value}`)
      }
      checkDefault(`${name} --${flag}`, promised, declaration)
    }
    assert.deepEqual(taken('--json', '--help'), {})
  })
}

function isNumber(promised: Promised): boolean {
  return promised === 'number' || (typeof promised === 'object' && 'number' in promised)
}

function valuesOf(flag: string, promised: Exclude<Promised, 'switch'>): readonly string[] {
  if (flag === 'protocol' && promised === 'text') return NAMED
  if (promised === 'text') return ['word']
  return isNumber(promised)
    ? [flag === 'replicas' ? '3' : A_NUMBER]
    : (promised as readonly string[])
}

/** A default is one number, or what the help text says in its place. */
function checkDefault(what: string, promised: Promised, declaration: OptionDeclaration): void {
  if (typeof promised !== 'object' || !('number' in promised)) return
  const text = 'otherwise' in declaration ? (declaration.otherwise ?? '') : ''
  const value = 'default' in declaration ? declaration.default : undefined
  if (value !== undefined) assert.equal(value, promised.number, what)
  else assert.match(text, new RegExp(`^${promised.number}\\b`), what)
}

test('nothing is promised of a command that is not looked at here', () => {
  assert.deepEqual(Object.keys(PROMISED).sort(), Object.keys(COMMANDS).sort())
})
