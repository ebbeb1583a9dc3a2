import { command } from './command.js'
import { RECORD_FLAGS } from './record-flags.js'

export const recordCommand = command({
  operands: [
    {
      usage: '<file>',
      help: 'a pcap to write; .gz or .zst packs it, {index} and {time} name several',
      min: 1,
      max: 1,
    },
    {
      usage: '[endpoint...]',
      help: 'udp://ADDRESS:PORT, or a recording to be packed anew (default: udp://127.0.0.1:9001)',
      max: Number.POSITIVE_INFINITY,
    },
  ],
  options: RECORD_FLAGS,
  examples: [
    'record day.pcap.zst udp://239.1.1.1:9001 --framing moldudp64',
    'record feed-{time}.pcap.gz --rotate-ms 3600000',
    'record new.pcap.zst file:old.pcap.gz',
  ],
  run: async (operands, flags, output) => {
    const { runRecord } = await import('./record-run.js')
    await runRecord(operands, flags, output)
  },
})
