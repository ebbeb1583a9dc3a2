import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments } from '../../src/cli/arguments.js'
import { receiveCommand } from '../../src/cli/receive-command.js'
import { sendCommand } from '../../src/cli/send-command.js'
import { nameOptionsAsFlags } from '../../src/foundation/option-name.js'
import type { ReceiveOptions } from '../../src/run/options/receive-options.js'
import { planReceive } from '../../src/run/options/receive-plan.js'
import type { SendOptions } from '../../src/run/options/send-options.js'
import { planSend } from '../../src/run/options/send-plan.js'

nameOptionsAsFlags()

/** What a command line comes to, up to where something would start. */
const PLANS: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  receive: (args) => {
    const { operands, flags } = parseArguments(args, receiveCommand)
    return planReceive({ handler: null, ...flags, endpoints: operands } as ReceiveOptions)
  },
  send: (args) => {
    const { operands, flags } = parseArguments(args, sendCommand)
    return planSend({ ...flags, endpoints: operands } as SendOptions)
  },
}

/** Each with the flag, or the address, that its message must name. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'receive tcp://127.0.0.1:9001': /tcp:/,
  'receive udp://127.0.0.1': /no port/,
  'receive udp://127.0.0.1:70000': /70000/,
  'receive 9001 --slots 1000': /1000 slots/,
  'receive 9001 --slots 0': /--slots is 0/,
  'receive 9001 --slots many': /--slots is "many"/,
  'receive 9001 --count 0': /--count is 0/,
  'receive 9001 --count 1.5': /--count is 1\.5/,
  'receive 9001 --framing morse': /--framing is "morse"/,
  'receive 9001 --transport portable --handler-thread inline': /--handler-thread own/,
  'receive 9001 --transport portable --recover udp://127.0.0.1:9003': /--recover/,
  'receive 9001 --recover udp://127.0.0.1:9001': /where the feed itself is received/,
  'receive 9001 --behind-limit 5': /--when-behind skip-oldest/,
  'receive 9001 --when-behind skip-oldest --behind-limit 1024': /from 1 to 1,023/,
  'receive 9001 --when-behind skip-oldest --behind-limit 0': /--behind-limit is 0/,
  'receive 9001 --when-behind skip-oldest --slots 1': /--slots 2/,
  'receive 9001 --when-behind conflate --framing moldudp64': /skip-oldest.*--framing raw/,
  'receive 9001 --when-behind conflate --framing iex-tp': /skip-oldest.*--framing raw/,
  'receive 9001 --when-behind skip-oldest --conflate-messages 10': /--when-behind conflate/,
  'receive 9001 --when-behind conflate --conflate-messages 0': /--conflate-messages is 0/,
  'receive 9001 --when-behind newest': /skip-oldest/,
  'receive 9001 --line-silent-ms 10': /--line-silent-ms means nothing here/,
  'receive 9001 --handler examples': /examples is a folder/,
  'send udp://127.0.0.1:0': /port 0/,
  'send udp://0.0.0.0:9001': /any address/,
  'send 9001 --rate -1': /--rate is -1/,
  'send 9001 --batch 0': /--batch is 0/,
  'send 9001 --messages-per-datagram 100000': /--messages-per-datagram is 100000/,
  'send 9001 --session A': /--framing moldudp64/,
  'send 9001 --gso --transport portable': /--gso means nothing here/,
}

for (const [line, message] of Object.entries(REFUSED)) {
  test(`tickwire ${line} is refused before anything starts`, () => {
    const [name = '', ...args] = line.split(' ')
    assert.throws(() => PLANS[name]?.(args), message)
  })
}
