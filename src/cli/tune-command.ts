import { writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { TickwireError } from '../foundation/errors.js'
import { formatCount } from '../observe/format.js'
import { ringLayout } from '../ring/layout.js'
import { tune } from '../tune/tune.js'
import { createFraming } from '../wire/create-framing.js'
import { FRAMING_NAMES, type FramingName } from '../wire/framing.js'
import { addJsonOption, choiceOption, numberOption, positiveNumber } from './options.js'
import { openForWriting } from './output-file.js'
import { createOutput, exitOnSignal, type Output } from './session.js'
import { readPcapTrace } from './tune/pcap-trace.js'
import { plotTune } from './tune/plot.js'
import { type TuneSource, tuneReport } from './tune/report.js'
import { tuneText } from './tune/text.js'

interface TuneFlags {
  readonly pcap?: string
  readonly serviceNs?: number
  readonly framing: FramingName
  readonly from?: string
  readonly slotBytes?: number
  readonly svg?: string
  readonly json?: boolean
}

export function tuneCommand(): Command {
  const command = new Command('tune')
    .description('find the right ring size: the exact loss of every capacity from one pass')
    .addOption(new Option('--pcap <file>', 'arrivals from a classic pcap file, plain or gzip'))
    .addOption(
      new Option('--service-ns <n>', 'time that the handler needs for one message').argParser(
        positiveNumber,
      ),
    )
    .addOption(choiceOption('--framing <name>', 'how messages lie', FRAMING_NAMES, 'raw'))
    .option('--from <group:port>', 'which recorded destination, where the file holds several')
    .addOption(numberOption('--slot-bytes <n>', 'room for one datagram (default: by framing)'))
    .addOption(new Option('--svg <file>', 'write a plot'))
  return addJsonOption(command)
    .addHelpText(
      'after',
      '\nExample:\n  $ tickwire tune --pcap feed.pcap.gz --framing iex-tp --service-ns 20000',
    )
    .action(async (flags: TuneFlags) => runTune(flags, createOutput(flags.json === true)))
}

async function runTune(flags: TuneFlags, output: Output): Promise<void> {
  const { framing } = flags
  const { file, serviceNs } = pcapSource(flags)
  const slotBytes = flags.slotBytes ?? createFraming(framing).defaultSlotBytes
  ringLayout(1, slotBytes)
  const svg = flags.svg === undefined ? undefined : openForWriting(flags.svg)
  exitOnSignal()
  const { trace, ...found } = await readPcapTrace({ file, framing, serviceNs, from: flags.from })
  const source = { pcap: file, framing, serviceNs, slotBytes, ...found }
  warnAbout(source, trace.length, output)
  const report = tuneReport(source, tune(trace, { slotBytes }))
  if (svg !== undefined) writeFileSync(svg, plotTune(report))
  if (output.json) output.report(report)
  else for (const line of tuneText(report)) output.say(line)
}

function pcapSource({ pcap, serviceNs }: TuneFlags): { file: string; serviceNs: number } {
  if (pcap === undefined) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      'tune was given no traffic to look at',
      'Give a recording: --pcap FILE --service-ns N.',
    )
  }
  if (serviceNs === undefined) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      'A recording has arrivals, but nothing of the time that a handler needs',
      'Say how long one message takes, for example --service-ns 20000.',
    )
  }
  return { file: pcap, serviceNs }
}

/** What makes the figures less than they seem. */
function warnAbout(source: TuneSource, datagrams: number, output: Output) {
  const { invalid, outOfOrder, longestPayloadBytes, slotBytes, framing } = source
  if (invalid > 0) {
    output.warn(
      `${formatCount(invalid)} of ${formatCount(datagrams)} datagrams cannot be read as ${framing}. If that is the wrong framing, give another with --framing.`,
    )
  }
  if (outOfOrder > 0) {
    output.warn(
      `${formatCount(outOfOrder)} datagrams are not in the order of their time stamps; they were sorted.`,
    )
  }
  if (longestPayloadBytes > slotBytes) {
    output.warn(
      `The longest datagram has ${formatCount(longestPayloadBytes)} bytes and would be cut off in a slot of ${formatCount(slotBytes)}. Give --slot-bytes.`,
    )
  }
}
