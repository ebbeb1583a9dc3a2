import { BOOK_FEED_FLAGS } from './book/book-flags.js'
import { command } from './command.js'

export const diffCommand = command({
  operands: [
    { usage: '<a>', help: 'a recording of a feed, or udp://ADDRESS:PORT', min: 1, max: 1 },
    { usage: '<b>', help: 'another one of the same feed', min: 1, max: 1 },
  ],
  options: BOOK_FEED_FLAGS,
  examples: ['diff line-a.pcap.gz line-b.pcap.gz'],
  run: async ([a = '', b = ''], flags, output) => {
    const { runDiff } = await import('./book/diff-run.js')
    await runDiff(a, b, flags, output)
  },
})
