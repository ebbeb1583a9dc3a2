import { Command, Option } from 'commander'
import { SendView, sendSummary } from '../observe/send-view.js'
import { SEND_FLOWS, type SendFlow } from '../run/options/flow-options.js'
import {
  SEND_TRANSPORTS,
  type SendTransport,
  STAMPS,
  type Stamp,
} from '../run/options/send-options.js'
import { send } from '../run/send.js'
import { SendFailure, type SendReport } from '../run/transmission/transmission.js'
import { FLOW_GROUPS, type FlowGroup } from '../send/credit/credit.js'
import { SEND_FRAMINGS, type SendFraming } from '../send/datagrams/datagram-writer.js'
import { addJsonOption, choiceOption, cpuChoice, numberOption, positiveNumber } from './options.js'
import { createOutput, type Output, show, stopSignal } from './session.js'

interface SendFlags {
  readonly framing: SendFraming
  readonly session?: string
  readonly heartbeatMs?: number
  readonly lingerMs?: number
  readonly retransmit?: string
  readonly retransmitStoreBytes?: number
  readonly datagramsPerRequest?: number
  readonly transport: SendTransport
  readonly count?: number
  readonly rate?: number
  readonly burst?: number
  readonly messagesPerDatagram?: number
  readonly instruments?: number
  readonly seed?: number
  readonly batch?: number
  readonly gso?: boolean
  readonly flow: SendFlow
  readonly flowGroup?: FlowGroup
  readonly flowWaitMs?: number
  readonly stamp: Stamp
  readonly cpu?: number
  readonly pin: boolean
  readonly startDelayMs?: number
  readonly json?: boolean
}

export function sendCommand(): Command {
  const command = new Command('send')
    .description('send a generated market, on an absolute schedule')
    .argument('[endpoint...]', 'udp://ADDRESS:PORT, several get the same', ['udp://127.0.0.1:9001'])
    .addOption(numberOption('--count <n>', 'messages in all (default: 10000)'))
    .addOption(
      new Option(
        '--rate <n>',
        'messages per second, 0: as fast as possible (default: 1000)',
      ).argParser(positiveNumber),
    )
    .addOption(
      numberOption('--burst <n>', 'messages back to back, the mean rate stays (default: 1)'),
    )
    .addOption(
      choiceOption('--framing <name>', 'how messages lie in a datagram', SEND_FRAMINGS, 'raw'),
    )
    .addOption(numberOption('--messages-per-datagram <n>', '(default: 1)'))
    .option('--session <name>', 'of moldudp64, up to 10 characters (default: TICKWIRE01)')
    .addOption(
      numberOption('--heartbeat-ms <n>', 'of moldudp64, when idle, 0: none (default: 1000)'),
    )
    .addOption(
      numberOption(
        '--linger-ms <n>',
        'stay for so long after the last message (default: 1000 with --retransmit, else 200)',
      ),
    )
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
    .addOption(numberOption('--instruments <n>', 'in the generated market (default: 8)'))
    .addOption(numberOption('--seed <n>', 'the same seed, the same messages (default: 1)'))
    .addOption(numberOption('--batch <n>', 'datagrams per system call at most (default: 32)'))
    .addOption(choiceOption('--flow <how>', 'what controls the sender', SEND_FLOWS, 'rate'))
    .addOption(
      new Option('--flow-group <which>', 'whose window counts (default: min)').choices(FLOW_GROUPS),
    )
    .addOption(
      numberOption('--flow-wait-ms <n>', 'wait so long for a receiver, 0: ever (default: 10000)'),
    )
    .option('--gso', 'hand trains of datagrams to the kernel, which cuts them')
    .addOption(
      choiceOption(
        '--stamp <which>',
        'what time stamps say: when sent, or when due',
        STAMPS,
        'sent',
      ),
    )
    .addOption(numberOption('--cpu <n>', 'CPU for the sender (default: 1)'))
    .option('--no-pin', 'do not pin the sender')
    .addOption(
      choiceOption('--transport <name>', 'way out of the process', SEND_TRANSPORTS, 'auto'),
    )
    .addOption(numberOption('--start-delay-ms <n>', 'wait before the first message (default: 0)'))
  return addJsonOption(command)
    .addHelpText(
      'after',
      '\nExample:\n  $ tickwire send udp://127.0.0.1:9001 --count 10000 --rate 1000\n' +
        '  $ tickwire send udp://127.0.0.1:9001 udp://127.0.0.1:9002 --framing moldudp64\n' +
        '  $ tickwire send udp://127.0.0.1:9001 --retransmit udp://127.0.0.1:9003',
    )
    .action(async (endpoints: string[], flags: SendFlags) => {
      await runSend(endpoints, flags, createOutput(flags.json === true))
    })
}

async function runSend(
  endpoints: readonly string[],
  flags: SendFlags,
  output: Output,
): Promise<void> {
  const { json: _, pin, ...options } = flags
  const transmission = await send({
    ...options,
    endpoint: endpoints,
    cpu: cpuChoice(pin, flags.cpu),
    signal: stopSignal(),
    onWarning: (warning) => output.warn(warning),
  })
  output.say(`sending to ${endpoints.join(' and ')}; Ctrl-C stops`)
  if (transmission.retransmitEndpoint !== undefined) {
    output.say(`retransmitting on ${transmission.retransmitEndpoint}`)
  }
  const view = new SendView(() => transmission.stats(), output.colors)
  try {
    print(await show(transmission.finished, view, output), output)
  } catch (error) {
    if (error instanceof SendFailure) print(error.report, output)
    throw error
  }
}

function print(report: SendReport, output: Output): void {
  if (output.json) output.report(report)
  else for (const line of sendSummary(report, output.colors)) output.say(line)
}
