import type { Command } from './command.js'

/** A command by its name: one line of what it does, and its module, which is loaded when it is used. */
export interface CommandEntry {
  /** Begins with a verb. */
  readonly summary: string
  load(): Promise<Command>
}

/** In the order of the help text. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  demo: {
    summary: 'Show the whole system on this machine, in three acts',
    load: async () => (await import('./demo-command.js')).demoCommand,
  },
  receive: {
    summary: 'Receive a feed: two endpoints are its lines A and B',
    load: async () => (await import('./receive-command.js')).receiveCommand,
  },
  send: {
    summary: 'Send a generated market, on an absolute schedule',
    load: async () => (await import('./send-command.js')).sendCommand,
  },
  bridge: {
    summary: 'Publish a feed to a stream of NATS JetStream, for others to receive',
    load: async () => (await import('./bridge-command.js')).bridgeCommand,
  },
  replay: {
    summary: 'Send the UDP payloads of a recording again, at their recorded distances',
    load: async () => (await import('./replay-command.js')).replayCommand,
  },
  record: {
    summary: 'Record what arrives, with the account of what is missing beside it',
    load: async () => (await import('./record-command.js')).recordCommand,
  },
  decode: {
    summary: 'Write the messages of a recording as rows, or say what is in it',
    load: async () => (await import('./decode-command.js')).decodeCommand,
  },
  sample: {
    summary: 'Make a recording of a made-up market, the same for the same seed',
    load: async () => (await import('./sample-command.js')).sampleCommand,
  },
  stat: {
    summary: 'Show once what Tickwire processes count, also of one that hangs or has crashed',
    load: async () => (await import('./stat-command.js')).statCommand,
  },
  loss: {
    summary: 'Show what was lost in Tickwire processes: when, where and which messages',
    load: async () => (await import('./loss-command.js')).lossCommand,
  },
  top: {
    summary: 'Watch Tickwire processes live: rates, losses, buffers, latency, threads',
    load: async () => (await import('./top-command.js')).topCommand,
  },
  doctor: {
    summary: 'Find what on this machine costs messages, and explain what a run has lost',
    load: async () => (await import('./doctor-command.js')).doctorCommand,
  },
  book: {
    summary: 'Show the book of an instrument, and whether it can be trusted',
    load: async () => (await import('./book-command.js')).bookCommand,
  },
  diff: {
    summary: 'Find the message after which the books of two recordings differ',
    load: async () => (await import('./diff-command.js')).diffCommand,
  },
  compare: {
    summary: 'Compare two lines of a feed: loss on each, who is first, what both together save',
    load: async () => (await import('./compare-command.js')).compareCommand,
  },
  tune: {
    summary: 'Find the right ring size: the exact loss of every capacity from one pass',
    load: async () => (await import('./tune-command.js')).tuneCommand,
  },
  generate: {
    summary: "Write typed views of a schema's messages as one TypeScript module",
    load: async () => (await import('./generate-command.js')).generateCommand,
  },
  lab: {
    summary: 'Predict the loss of eleven ring sizes from one pass, then try each',
    load: async () => (await import('./lab-command.js')).labCommand,
  },
  bench: {
    summary: 'Measure tickwire beside C and node:dgram on this machine',
    load: async () => (await import('./bench-command.js')).benchCommand,
  },
}
