import { readFileSync, writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { decodeProfile } from '../account/profile/profile-format.js'
import { messageOf, TickwireError } from '../foundation/errors.js'
import { ringLayout } from '../ring/layout.js'
import { DEFAULT_ENDPOINT } from '../transport/endpoint.js'
import { createFraming } from '../wire/create-framing.js'
import { FRAMING_NAMES } from '../wire/framing.js'
import { addJsonOption, choiceOption, numberOption, positiveNumber } from './options.js'
import { openForWriting } from './output-file.js'
import { createOutput, exitOnSignal, type Output, stopSignal } from './session.js'
import { measureLive, verifyLive } from './tune/live.js'
import {
  type Traffic,
  trafficOfProfile,
  trafficWarnings,
  tuneTraffic,
} from './tune/measured-traffic.js'
import { readPcapTrace } from './tune/pcap-trace.js'
import { plotTune } from './tune/plot.js'
import { type TuneReport, tuneReport } from './tune/report.js'
import {
  addServiceOptions,
  LIVE_FLAGS,
  type ServiceFlags,
  serviceOptions,
} from './tune/service-options.js'
import { tuneText } from './tune/text.js'

interface TuneFlags extends ServiceFlags {
  readonly profile?: string
  readonly line?: number
  readonly pcap?: string
  readonly serviceNs?: number
  readonly from?: string
  readonly verify: boolean
  readonly svg?: string
  readonly json?: boolean
}

export function tuneCommand(): Command {
  const command = new Command('tune')
    .description('find the right ring size: the exact loss of every capacity from one pass')
    .argument('[endpoint]', `live traffic to measure (default: "${DEFAULT_ENDPOINT}")`)
    .addOption(choiceOption('--framing <name>', 'how messages lie (default: raw)', FRAMING_NAMES))
    .addOption(numberOption('--slot-bytes <n>', 'room for one datagram (default: by framing)'))
  addServiceOptions(command)
    .option('--no-verify', 'do not run the recommended and a too small ring live')
    .addOption(new Option('--profile <file>', 'instead: what receive --profile wrote'))
    .addOption(numberOption('--line <n>', 'its line (default: the one that needs most)'))
    .addOption(new Option('--pcap <file>', 'instead: arrivals from a classic pcap file'))
    .addOption(
      new Option('--service-ns <n>', 'with --pcap: time for one message').argParser(positiveNumber),
    )
    .option('--from <group:port>', 'with --pcap: which destination, where there are several')
    .addOption(new Option('--svg <file>', 'write a plot'))
  return addJsonOption(command)
    .addHelpText(
      'after',
      `
Examples:
  $ tickwire tune udp://127.0.0.1:9001 --handler examples/handler.js
  $ tickwire tune --profile run.profile
  $ tickwire tune --pcap feed.pcap.gz --framing iex-tp --service-ns 20000`,
    )
    .action(async (endpoint: string | undefined, flags: TuneFlags) => {
      await runTune(endpoint, flags, createOutput(flags.json === true))
    })
}

async function runTune(
  endpoint: string | undefined,
  flags: TuneFlags,
  output: Output,
): Promise<void> {
  refuseMixtures(endpoint, flags)
  const svg = flags.svg === undefined ? undefined : openForWriting(flags.svg)
  const report = await reportOn(endpoint ?? DEFAULT_ENDPOINT, flags, output)
  if (svg !== undefined) writeFileSync(svg, plotTune(report))
  if (output.json) output.report(report)
  else for (const line of tuneText(report)) output.say(line)
}

async function reportOn(endpoint: string, flags: TuneFlags, output: Output): Promise<TuneReport> {
  if (flags.pcap === undefined && flags.profile === undefined) {
    return reportOnLive(endpoint, flags, output)
  }
  exitOnSignal()
  const traffic =
    flags.pcap === undefined ? readProfile(flags) : await readCapture(flags.pcap, flags)
  for (const warning of trafficWarnings(traffic)) output.warn(warning)
  return tuneReport(traffic.source, tuneTraffic(traffic), [])
}

async function reportOnLive(
  endpoint: string,
  flags: TuneFlags,
  output: Output,
): Promise<TuneReport> {
  const options = {
    ...serviceOptions(flags, endpoint),
    signal: stopSignal(),
    onWarning: output.warn,
  }
  const traffic = await measureLive(options, output)
  for (const warning of trafficWarnings(traffic)) output.warn(warning)
  const result = tuneTraffic(traffic)
  if (!flags.verify || options.signal.aborted) return tuneReport(traffic.source, result, [])
  if (flags.handlerThread === 'inline') {
    output.warn('Nothing is run again: an inline handler has no ring that could be full.')
    return tuneReport(traffic.source, result, [])
  }
  return tuneReport(traffic.source, result, await verifyLive(traffic, result, options, output))
}

function readProfile({ profile = '', line }: TuneFlags): Traffic {
  return trafficOfProfile(decodeProfile(readWhole(profile), profile), { profile }, line)
}

async function readCapture(file: string, flags: TuneFlags): Promise<Traffic> {
  const { framing = 'raw', serviceNs, from } = flags
  if (serviceNs === undefined) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      'A recording has arrivals, but nothing of the time that a handler needs',
      'Say how long one message takes, for example --service-ns 20000.',
    )
  }
  const slotBytes = flags.slotBytes ?? createFraming(framing).defaultSlotBytes
  ringLayout(1, slotBytes)
  const { trace, ...found } = await readPcapTrace({ file, framing, serviceNs, from })
  const origin = { endpoint: null, profile: null, pcap: file, measured: null }
  return {
    source: { ...origin, framing, serviceNs, slotBytes, ...found },
    trace,
    options: { slotBytes },
  }
}

/** Options that contradict each other, or that would silently mean nothing. */
function refuseMixtures(endpoint: string | undefined, flags: TuneFlags): void {
  const { pcap, profile } = flags
  const sources = [endpoint, pcap && `--pcap ${pcap}`, profile && `--profile ${profile}`]
  const given = sources.filter((source) => source !== undefined)
  if (given.length > 1) {
    throw new TickwireError(
      'TW_BAD_OPTION',
      `tune was given ${given.join(' and ')}`,
      'Choose one: live traffic, a profile, or a recording.',
    )
  }
  const refuse = (option: string, remedy: string) => {
    throw new TickwireError('TW_BAD_OPTION', `${option} has no meaning here`, remedy)
  }
  if (pcap === undefined) {
    if (flags.serviceNs !== undefined) refuse('--service-ns', 'It belongs to --pcap FILE.')
    if (flags.from !== undefined) refuse('--from', 'It belongs to --pcap FILE.')
  }
  if (profile === undefined && flags.line !== undefined) {
    refuse('--line', 'It belongs to --profile FILE.')
  }
  if (pcap === undefined && profile === undefined) return
  for (const [flag, option] of Object.entries(LIVE_FLAGS)) {
    if (flags[flag as keyof typeof LIVE_FLAGS] === undefined) continue
    refuse(option, 'It belongs to live traffic: leave it out, or leave out the file.')
  }
  if (profile === undefined) return
  const remedy = 'The profile says that itself.'
  if (flags.framing !== undefined) refuse('--framing', remedy)
  if (flags.slotBytes !== undefined) refuse('--slot-bytes', remedy)
}

function readWhole(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new TickwireError(
      code === 'EACCES' || code === 'EPERM' ? 'TW_PERMISSION' : 'TW_FILE_NOT_FOUND',
      `${file} cannot be read: ${messageOf(error)}`,
      'Give a file that receive --profile wrote.',
      { cause: error },
    )
  }
}
