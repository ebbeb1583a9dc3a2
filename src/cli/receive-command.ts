import { closeSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { formatPercentiles } from '../account/percentile-format.js'
import { WHEN_BEHIND, type WhenBehind } from '../handle/behind-policy.js'
import { ReceiveView, receiveSummary } from '../observe/receive-view.js'
import { alarmText } from '../observe/recovery-view.js'
import { WHEN_FULL, type WhenFull } from '../receive/receive-loop.js'
import { FeedFailure } from '../run/feed/feed.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import { RECEIVE_FLOWS, type ReceiveFlow } from '../run/options/flow-options.js'
import {
  HANDLER_THREADS,
  type HandlerThread,
  IDLE_MODES,
  type IdleMode,
  TRANSPORTS,
  type Transport,
} from '../run/options/receive-options.js'
import { receive } from '../run/receive.js'
import { FRAMING_NAMES, type FramingName } from '../wire/framing.js'
import { addJsonOption, choiceOption, cpuChoice, listOption, numberOption } from './options.js'
import { openForWriting } from './output-file.js'
import { createOutput, type Output, show, stopSignal } from './session.js'

interface ReceiveFlags {
  readonly allowSource?: readonly string[]
  readonly framing: FramingName
  readonly transport: Transport
  readonly slots?: number
  readonly slotBytes?: number
  readonly whenFull: WhenFull
  readonly whenBehind: WhenBehind
  readonly behindLimit?: number
  readonly conflateMessages?: number
  readonly receiveBufferBytes?: number
  readonly gro?: boolean
  readonly cpu?: number
  readonly handlerCpu?: number
  readonly pin: boolean
  readonly handler?: string
  readonly handlerThread: HandlerThread
  readonly workNs?: number
  readonly count?: number
  readonly durationMs?: number
  readonly idleExitMs?: number
  readonly idle: IdleMode
  readonly stages?: boolean
  readonly busyPollUs?: number
  readonly flow: ReceiveFlow
  readonly window?: number
  readonly session?: string
  readonly recover?: string
  readonly recoverWaitMs?: number
  readonly recoverDelayMs?: number
  readonly holdBytes?: number
  readonly lineSilentMs?: number
  readonly lineBehind?: number
  readonly staleMs?: number
  readonly histogram?: string
  readonly profile?: string
  readonly profileRecords?: number
  readonly json?: boolean
}

export function receiveCommand(): Command {
  const command = new Command('receive')
    .description('receive a feed: two endpoints are its lines A and B')
    .argument('[endpoint...]', 'udp://ADDRESS:PORT[?source=ADDRESS], a group is joined', [
      'udp://127.0.0.1:9001',
    ])
    .addOption(
      listOption('--allow-source <address>', 'only sender to listen to; give it again for more'),
    )
    .addOption(
      choiceOption('--framing <name>', 'how messages lie in a datagram', FRAMING_NAMES, 'raw'),
    )
    .addOption(choiceOption('--transport <name>', 'way into the process', TRANSPORTS, 'auto'))
    .addOption(numberOption('--slots <n>', 'ring capacity, a power of two (default: 1024)'))
    .addOption(numberOption('--slot-bytes <n>', 'room for one datagram (default: by framing)'))
    .addOption(choiceOption('--when-full <what>', 'when the ring is full', WHEN_FULL, 'wait'))
    .addOption(
      choiceOption('--when-behind <what>', 'when the handler is behind', WHEN_BEHIND, 'every'),
    )
    .addOption(
      numberOption(
        '--behind-limit <n>',
        'slots that may wait (default: skip-oldest: half of them, conflate: one batch)',
      ),
    )
    .addOption(
      numberOption(
        '--conflate-messages <n>',
        'messages that can wait beside the ring (default: 65536)',
      ),
    )
    .addOption(
      numberOption(
        '--receive-buffer-bytes <n>',
        'kernel socket buffer to ask for (default: 4194304)',
      ),
    )
    .option('--gro', 'let the kernel glue equal datagrams together')
    .addOption(numberOption('--cpu <n>', 'CPU for the receiver (default: 0)'))
    .addOption(numberOption('--handler-cpu <n>', 'CPU for the handler (default: not pinned)'))
    .option('--no-pin', 'pin no thread')
    .option('--handler <file>', 'module that handles messages (default: they are counted)')
    .addOption(
      choiceOption('--handler-thread <which>', 'where the handler runs', HANDLER_THREADS, 'own'),
    )
    .addOption(numberOption('--work-ns <n>', 'nanoseconds to spend on each message (default: 0)'))
    .addOption(numberOption('--count <n>', 'stop when this many messages are accounted for'))
    .addOption(numberOption('--duration-ms <n>', 'stop after this time'))
    .addOption(numberOption('--idle-exit-ms <n>', 'stop after this long without a datagram'))
    .addOption(choiceOption('--idle <how>', 'how hot threads wait', IDLE_MODES, 'auto'))
    .addOption(
      choiceOption('--flow <how>', 'what senders are told of consumption', RECEIVE_FLOWS, 'none'),
    )
    .addOption(
      numberOption('--window <n>', 'messages that may be on their way (default: what fits)'),
    )
    .option('--session <id>', 'the session to receive; others are counted (default: any)')
    .option('--recover <url>', 'retransmission server to ask for lost messages')
    .addOption(
      numberOption(
        '--recover-wait-ms <n>',
        'how long to hold back for a gap, 0: never (default: 50 with --recover or two lines)',
      ),
    )
    .addOption(
      numberOption('--recover-delay-ms <n>', 'age of a gap that is asked for (default: 2)'),
    )
    .addOption(numberOption('--hold-bytes <n>', 'memory for what is held back (default: 8388608)'))
    .addOption(
      numberOption('--line-silent-ms <n>', 'silence that makes a line an alarm (default: 1000)'),
    )
    .addOption(
      numberOption('--line-behind <n>', 'messages behind that make it one (default: 10000)'),
    )
    .addOption(
      numberOption('--stale-ms <n>', 'silence that makes a feed stale (default: 3000; raw: never)'),
    )
    .option('--stages', "time each stage of a message's way")
    .option('--histogram <file>', 'write the latencies in the HdrHistogram percentile format')
    .option('--profile <file>', 'write arrivals and service of each slot, for tune')
    .addOption(numberOption('--profile-records <n>', 'slots to write at most (default: 1048576)'))
    .addOption(numberOption('--busy-poll-us <n>', 'let the kernel poll the device (default: 0)'))
  return addJsonOption(command)
    .addHelpText('after', '\nExample:\n  $ tickwire receive udp://127.0.0.1:9001 --count 10000')
    .action(async (endpoints: string[], flags: ReceiveFlags) => {
      await runReceive(endpoints, flags, createOutput(flags.json === true))
    })
}

async function runReceive(
  endpoints: readonly string[],
  flags: ReceiveFlags,
  output: Output,
): Promise<void> {
  const { json: _, pin, histogram, allowSource, ...options } = flags
  // Opened before the run, so that a wrong path is known before there is something to lose.
  const histogramFile = histogram === undefined ? undefined : openForWriting(histogram)
  if (flags.profile !== undefined) closeSync(openForWriting(flags.profile))
  const feed = await receive({
    ...options,
    endpoints,
    allowSources: allowSource,
    cpu: cpuChoice(pin, flags.cpu),
    handlerCpu: pin ? flags.handlerCpu : null,
    handler: flags.handler ?? null,
    signal: stopSignal(),
    onWarning: (warning) => output.warn(warning),
    onAlarm: (alarm) => output.warn(alarmText(alarm, feed.endpoints)),
  })
  const started = feed.stats()
  output.say(
    `receiving ${flags.framing} on ${feed.endpoints.join(' and ')} ` +
      `(transport ${started.transport}, CPU ${started.pinned.receiver ?? 'any'}); Ctrl-C stops`,
  )
  if (started.missing.length > 0) {
    output.warn(`The ${started.transport} transport has no ${started.missing.join(', no ')}.`)
  }
  try {
    const view = new ReceiveView(() => feed.stats(), output.colors)
    print(await show(feed.finished, view, output), output)
  } catch (error) {
    if (error instanceof FeedFailure) print(error.report, output)
    throw error
  } finally {
    if (histogramFile !== undefined) {
      writeFileSync(histogramFile, formatPercentiles(feed.latency()))
      closeSync(histogramFile)
    }
  }
}

function print(report: ReceiveReport, output: Output): void {
  if (output.json) output.report(report)
  else for (const line of receiveSummary(report, output.colors)) output.say(line)
}
