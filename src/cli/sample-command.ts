import { command } from './command.js'
import { SAMPLE_FLAGS } from './sample-flags.js'

export const sampleCommand = command({
  operands: [
    { usage: '<kind>', help: 'the feed: itch50, deep10, deepplus10 or tops16', min: 1, max: 1 },
    { usage: '<file>', help: 'where to write the pcap; .gz is packed', min: 1, max: 1 },
  ],
  options: SAMPLE_FLAGS,
  examples: [
    'sample itch50 day.pcap.gz --messages 1000000',
    'sample deep10 b.pcap --line b --loss 0.01',
  ],
  run: async (operands, flags, output) => {
    const { runSample } = await import('./sample-run.js')
    await runSample(operands, flags, output)
  },
})
