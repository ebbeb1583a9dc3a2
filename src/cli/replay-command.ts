import { command } from './command.js'
import { REPLAY_FLAGS } from './replay-flags.js'

export const replayCommand = command({
  operands: [
    { usage: '<file>', help: 'the recording: classic pcap, plain or gzip', min: 1, max: 1 },
    {
      usage: '[endpoint]',
      help: 'udp://ADDRESS:PORT, or a port of 127.0.0.1 (default: udp://127.0.0.1:9001)',
      max: 1,
    },
  ],
  options: REPLAY_FLAGS,
  examples: ['replay feed.pcap.gz udp://127.0.0.1:9001 --speed 50'],
  run: async (operands, flags, output) => {
    const { runReplay } = await import('./replay-run.js')
    await runReplay(operands, flags, output)
  },
})
