import { BOOK_FLAGS } from './book/book-flags.js'
import { command } from './command.js'

export const bookCommand = command({
  operands: [
    {
      usage: '<endpoint>',
      help: 'file:PATH, a path, file:- for standard input, udp://ADDRESS:PORT or nats://HOST:PORT/STREAM',
      min: 1,
      max: 1,
    },
  ],
  options: BOOK_FLAGS,
  examples: ['book day.pcap.gz --instrument AAPL --at 09:31:07'],
  run: async ([endpoint = ''], flags, output) => {
    const { runBook } = await import('./book/book-run.js')
    await runBook(endpoint, flags, output)
  },
})
