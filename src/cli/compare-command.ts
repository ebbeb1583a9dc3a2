import { command } from './command.js'
import { COMPARE_FLAGS } from './compare/compare-flags.js'

export const compareCommand = command({
  operands: [
    { usage: '<a>', help: 'a recording or udp://ADDRESS:PORT: line A of a feed', min: 1, max: 1 },
    { usage: '<b>', help: 'line B: another recording, or another live line', min: 1, max: 1 },
  ],
  options: COMPARE_FLAGS,
  examples: [
    'compare a.pcap.gz b.pcap.gz --html lines.html',
    'compare udp://239.1.1.1:9001 udp://239.1.1.2:9001 --framing moldudp64 --duration-ms 60000',
  ],
  run: async ([a = '', b = ''], flags, output) => {
    const { runCompare } = await import('./compare/compare-run.js')
    await runCompare(a, b, flags, output)
  },
})
