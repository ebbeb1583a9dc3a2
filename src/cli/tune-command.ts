import { command } from './command.js'
import { examplePath } from './example-path.js'
import { TUNE_FLAGS } from './tune-flags.js'

export const tuneCommand = command({
  operands: [
    {
      usage: '[endpoint]',
      help: 'live traffic to measure, or a recording: file:PATH (default: udp://127.0.0.1:9001)',
      max: 1,
    },
  ],
  options: TUNE_FLAGS,
  examples: [
    `tune udp://127.0.0.1:9001 --handler ${examplePath('handler.js')}`,
    'tune --profile run.profile',
    'tune file:feed.pcap.gz --service-ns 20000',
  ],
  run: async ([endpoint], flags, output) => {
    const { runTune } = await import('./tune-run.js')
    await runTune(endpoint, flags, output)
  },
})
