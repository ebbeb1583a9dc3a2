import { DIFF_FLAGS } from './book/book-flags.js'
import { command } from './command.js'

export const diffCommand = command({
  operands: [
    {
      usage: '<a>',
      help: 'a recording of a feed, udp://ADDRESS:PORT or nats://HOST:PORT/STREAM',
      min: 1,
      max: 1,
    },
    { usage: '<b>', help: 'another one of the same feed', min: 1, max: 1 },
  ],
  options: DIFF_FLAGS,
  examples: [
    'diff line-a.pcap.gz line-b.pcap.gz',
    'diff day.pcap.gz nats://127.0.0.1:4222/market --from start --idle-exit-ms 2000',
  ],
  run: async ([a = '', b = ''], flags, output) => {
    const { runDiff } = await import('./book/diff-run.js')
    await runDiff(a, b, flags, output)
  },
})
