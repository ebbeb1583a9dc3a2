import { command } from './command.js'
import { REPLAY_FLAGS } from './replay-flags.js'

export const replayCommand = command({
  operands: [
    {
      usage: '<file>',
      help: 'the recording: pcap or pcapng, plain, gzip or zstd; - reads standard input',
      min: 1,
      max: 1,
    },
    {
      usage: '[endpoint]',
      help: 'udp://ADDRESS:PORT, or a port of 127.0.0.1 (default: udp://127.0.0.1:9001)',
      max: 1,
    },
  ],
  options: REPLAY_FLAGS,
  examples: [
    'replay feed.pcap.gz udp://127.0.0.1:9001 --speed 50',
    'replay both.pcap --map 239.1.1.1:9001=udp://127.0.0.1:9001 --map 239.1.1.2:9001=udp://127.0.0.1:9002',
    'replay day.pcapng.zst --start 14:30:00 --end 14:31:00 --from 239.1.1.1:9001',
  ],
  run: async (operands, flags, output) => {
    const { runReplay } = await import('./replay-run.js')
    await runReplay(operands, flags, output)
  },
})
