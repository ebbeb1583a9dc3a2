import { command } from './command.js'
import { SEND_FLAGS } from './send-flags.js'

export const sendCommand = command({
  operands: [
    {
      usage: '[endpoint...]',
      help: 'udp://ADDRESS:PORT, or a port of 127.0.0.1; several get the same (default: udp://127.0.0.1:9001)',
      max: Number.POSITIVE_INFINITY,
    },
  ],
  options: SEND_FLAGS,
  examples: [
    'send udp://127.0.0.1:9001 --count 10000 --rate 1000',
    'send udp://127.0.0.1:9001 udp://127.0.0.1:9002 --framing moldudp64',
    'send udp://127.0.0.1:9001 --retransmit udp://127.0.0.1:9003',
  ],
  run: async (endpoints, flags, output) => {
    const { runSend } = await import('./send-run.js')
    await runSend(endpoints, flags, output)
  },
})
