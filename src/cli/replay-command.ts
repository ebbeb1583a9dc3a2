import { Command, Option } from 'commander'
import { retransmissionText, SendView, sendSummary } from '../observe/send-view.js'
import { replay } from '../replay/replay.js'
import { FRAMING_NAMES, type FramingName } from '../wire/framing.js'
import { addJsonOption, choiceOption, cpuChoice, numberOption, positiveNumber } from './options.js'
import { createOutput, show, stopSignal } from './session.js'

interface ReplayFlags {
  readonly speed?: number
  readonly from?: string
  readonly cpu?: number
  readonly pin: boolean
  readonly retransmit?: string
  readonly retransmitStoreBytes?: number
  readonly datagramsPerRequest?: number
  readonly framing: FramingName
  readonly session?: string
  readonly lingerMs?: number
  readonly json?: boolean
}

export function replayCommand(): Command {
  const command = new Command('replay')
    .description('send the UDP payloads of a pcap file again, at their recorded distances')
    .argument('<file>', 'classic pcap, plain or gzip')
    .argument('[endpoint]', 'udp://ADDRESS:PORT', 'udp://127.0.0.1:9001')
    .addOption(
      new Option('--speed <x>', '1: as recorded, 0: as fast as possible (default: 1)').argParser(
        positiveNumber,
      ),
    )
    .option('--from <group:port>', 'which recorded destination, where the file holds several')
    .addOption(numberOption('--cpu <n>', 'CPU for the sender (default: 1)'))
    .option('--no-pin', 'do not pin the sender')
    .option('--retransmit <url>', 'answer requests for messages there: udp://ADDRESS:PORT')
    .addOption(
      numberOption('--retransmit-store-bytes <n>', 'what can be asked for (default: 67108864)'),
    )
    .addOption(
      numberOption(
        '--datagrams-per-request <n>',
        'answer a request with so many datagrams at most (default: 1 for moldudp64, else 16)',
      ),
    )
    .addOption(
      choiceOption('--framing <name>', 'of the recording, for --retransmit', FRAMING_NAMES, 'raw'),
    )
    .option('--session <id>', 'what requests have to carry, where the recording does not say')
    .addOption(
      numberOption(
        '--linger-ms <n>',
        'go on for so long (default: 1000 with --retransmit, else 0)',
      ),
    )
  return addJsonOption(command)
    .addHelpText(
      'after',
      '\nExample:\n  $ tickwire replay feed.pcap.gz udp://127.0.0.1:9001 --speed 50',
    )
    .action(async (file: string, endpoint: string, flags: ReplayFlags) => {
      const output = createOutput(flags.json === true)
      const running = await replay({
        file,
        endpoint,
        speed: flags.speed,
        from: flags.from,
        cpu: cpuChoice(flags.pin, flags.cpu),
        retransmit: flags.retransmit,
        retransmitStoreBytes: flags.retransmitStoreBytes,
        datagramsPerRequest: flags.datagramsPerRequest,
        framing: flags.framing,
        session: flags.session,
        lingerMs: flags.lingerMs,
        signal: stopSignal(),
        onWarning: (warning) => output.warn(warning),
      })
      output.say(`replaying ${file} to ${endpoint}; Ctrl-C stops`)
      if (running.retransmitEndpoint !== undefined) {
        output.say(`retransmitting on ${running.retransmitEndpoint}`)
      }
      const view = new SendView(() => running.stats(), output.colors)
      const report = await show(running.finished, view, output)
      if (output.json) {
        output.report(report)
        return
      }
      const c = output.colors
      for (const line of sendSummary({ ...report, command: 'send', retransmission: null }, c))
        output.say(line)
      const { notUdp, fragments, truncated, otherDestinations } = report.skipped
      if (report.retransmission !== null) {
        output.say(`  asked again   ${retransmissionText(report.retransmission)}`)
      }
      output.say(
        `  not sent      ${notUdp} not UDP, ${fragments} fragments, ${truncated} cut off, ${otherDestinations} to other destinations`,
      )
    })
}
