import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments } from '../../src/cli/arguments.js'
import { command } from '../../src/cli/command.js'

const receive = command({
  operands: [
    { usage: '<file>', help: 'what to read', min: 1, max: 1 },
    { usage: '[endpoint]', help: 'where to', max: 1 },
  ],
  options: {
    slots: { kind: 'whole', min: 1, max: 64, help: 'give the ring so many' },
    rate: { kind: 'number', min: 0, help: 'send so many' },
    framing: { kind: 'choice', choices: ['raw', 'mold'], help: 'choose a framing' },
    allowSources: { kind: 'texts', value: 'address', help: 'listen to these' },
    out: { kind: 'text', value: 'file', short: 'o', help: 'write a file' },
    noPin: { kind: 'switch', help: 'pin nothing' },
    handler: { kind: 'program', value: 'file', help: 'name a module' },
    onGap: { kind: 'program' },
  },
  examples: [],
  run: async () => {},
})

const parse = (...args: string[]) => parseArguments(args, receive)

test('Flags are read by their declarations', () => {
  const line =
    'a.pcap --slots 8 --rate=0.5 --allow-source 10.0.0.1 --allow-source 10.0.0.2 --no-pin'
  assert.deepEqual(parse(...line.split(' ')), {
    operands: ['a.pcap'],
    flags: { slots: 8, rate: 0.5, allowSources: ['10.0.0.1', '10.0.0.2'], noPin: true },
    help: false,
  })
})

test('A short flag is the long one', () => {
  assert.deepEqual(parse('a.pcap', '-o', 'out').flags, { out: 'out' })
})

test('What stands behind two dashes is an operand, whatever it looks like', () => {
  assert.deepEqual(parse('--', '--slots').operands, ['--slots'])
})

const WRONG: Readonly<Record<string, readonly [string, RegExp]>> = {
  'an unknown flag': ['a --slotz 8', /no option .*slotz\. Did you mean .*slots\?/i],
  'an unknown short flag': ['a -x', /no option -x/],
  'the flag of an option that only programs have': ['a --on-gap 1', /no option .*on-gap/],
  'a value that is none of the choices': ['a --framing mould', /Did you mean .*mold/],
  'a number that is none': [
    'a --slots many',
    /slots is "many"\. Give a whole number from 1 to 64\./,
  ],
  'an empty number': ['a --slots=', /slots is ""/],
  'a number with a fraction': ['a --slots 1.5', /slots is 1\.5/],
  'a number out of range': ['a --slots 65', /slots is 65/],
  'a negative number': ['a --rate -1', /rate is -1/],
  'a value that is missing': ['a --handler', /--handler needs a value\. Write --handler <file>/],
  'a flag in the place of a value': ['a --handler --no-pin', /needs a value: --no-pin follows/],
  'a value where none belongs': ['a --no-pin=yes', /--no-pin takes no value/],
  'an operand that is missing': ['--slots 8', /<file> is missing/],
  'too many operands': ['a b c d', /are 2 arguments too many: "c", "d"/],
}

for (const [what, [line, message]] of Object.entries(WRONG)) {
  test(`The command line refuses ${what}`, () => {
    assert.throws(
      () => parse(...line.split(' ')),
      (error: Error) => {
        assert.match(error.message, message)
        return 'code' in error && error.code === 'TW_BAD_OPTION'
      },
    )
  })
}

test('Who asks for help needs no operands', () => {
  assert.equal(parse('--help').help, true)
  assert.equal(parse('-h').help, true)
})
