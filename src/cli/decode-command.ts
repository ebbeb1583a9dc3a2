import { command } from './command.js'
import { DECODE_FLAGS } from './decode-flags.js'

export const decodeCommand = command({
  operands: [
    {
      usage: '<endpoint>',
      help: 'a recording (a path, file:PATH?to=GROUP:PORT, file:-) or a live feed: udp://ADDRESS:PORT',
      min: 1,
      max: 1,
    },
  ],
  options: DECODE_FLAGS,
  examples: [
    'decode day.pcap.gz --stats',
    'decode day.pcap.gz -o quotes.parquet --type quoteUpdate',
    'decode udp://239.1.1.1:9001 --framing iex-tp --duration-ms 10000',
    'decode day.pcap.gz --type tradeReport --instrument AAPL --limit 10 --pretty',
  ],
  run: async (operands, flags, output) => {
    const { runDecode } = await import('./decode-run.js')
    await runDecode(operands, flags, output)
  },
})
