import { command } from './command.js'
import { RECEIVE_FLAGS } from './receive-flags.js'

export const receiveCommand = command({
  operands: [
    {
      usage: '[endpoint...]',
      help: 'udp://ADDRESS:PORT[?source=ADDRESS], a port of 127.0.0.1, or a recording (file:PATH, file:-); a group is joined (default: udp://127.0.0.1:9001)',
      max: Number.POSITIVE_INFINITY,
    },
  ],
  options: RECEIVE_FLAGS,
  examples: [
    'receive udp://127.0.0.1:9001 --count 10000',
    'receive file:day.pcap.gz --framing auto',
  ],
  run: async (endpoints, flags, output) => {
    const { runReceive } = await import('./receive-run.js')
    await runReceive(endpoints, flags, output)
  },
})
