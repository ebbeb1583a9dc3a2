import { readFileSync } from 'node:fs'
import { decodeProfile } from '../account/profile/profile-format.js'
import { badOption, messageOf, TickwireError } from '../foundation/errors.js'
import { optionName } from '../foundation/option-name.js'
import { OutputFile } from '../foundation/output-file.js'
import { ringLayout } from '../ring/layout.js'
import { DEFAULT_ENDPOINT } from '../transport/endpoint.js'
import { parseFeedUrl } from '../transport/feed-url.js'
import { createFraming } from '../wire/create-framing.js'
import type { Flags } from './command.js'
import { exitOnSignalTelling, type Output } from './output.js'
import { stopSignal } from './signals.js'
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
import { serviceOptions } from './tune/service-options.js'
import { tuneText } from './tune/text.js'
import { LIVE_OPTIONS, type TUNE_FLAGS } from './tune-flags.js'

type TuneFlags = Flags<typeof TUNE_FLAGS>

/** `tickwire tune`. */
export async function runTune(
  given: string | undefined,
  givenFlags: TuneFlags,
  output: Output,
): Promise<void> {
  refuseMixtures(given, givenFlags)
  const { endpoint, flags } = recordingAsFlags(given, givenFlags)
  refuseMeaningless(flags)
  const svg = flags.svg === undefined ? undefined : new OutputFile(flags.svg)
  try {
    const report = await reportOn(endpoint ?? DEFAULT_ENDPOINT, flags, output)
    svg?.write(plotTune(report))
    output.report(report, () => tuneText(report))
  } finally {
    svg?.discard()
  }
}

async function reportOn(endpoint: string, flags: TuneFlags, output: Output): Promise<TuneReport> {
  if (flags.pcap === undefined && flags.profile === undefined) {
    return reportOnLive(endpoint, flags, output)
  }
  exitOnSignalTelling(output)
  const traffic =
    flags.pcap === undefined ? readProfile(flags) : await readCapture(flags.pcap, flags, output)
  for (const warning of trafficWarnings(traffic)) output.warn(warning)
  return tuneReport(traffic.source, tuneTraffic(traffic))
}

async function reportOnLive(
  endpoint: string,
  flags: TuneFlags,
  output: Output,
): Promise<TuneReport> {
  const options = {
    ...serviceOptions(flags, endpoint),
    signal: stopSignal(),
    onWarning: (warning: string) => output.warn(warning),
  }
  const traffic = await measureLive(options, output)
  for (const warning of trafficWarnings(traffic)) output.warn(warning)
  const result = tuneTraffic(traffic)
  if (flags.noVerify === true || options.signal.aborted)
    return tuneReport(traffic.source, result, [], traffic.endedBy)
  if (flags.handlerThread === 'inline') {
    output.warn('Nothing is run again: an inline handler has no ring that could be full.')
    return tuneReport(traffic.source, result, [], traffic.endedBy)
  }
  const verification = await verifyLive(traffic, result, options, output)
  return tuneReport(traffic.source, result, verification, traffic.endedBy)
}

function readProfile({ profile = '', line }: TuneFlags): Traffic {
  return trafficOfProfile(decodeProfile(readWhole(profile), profile), { profile }, line)
}

async function readCapture(file: string, flags: TuneFlags, output: Output): Promise<Traffic> {
  const { serviceNs, from } = flags
  if (serviceNs === undefined) {
    throw badOption(
      'A recording has arrivals, but nothing of the time that a handler needs',
      'Say how long one message takes, for example --service-ns 20000.',
    )
  }
  if (flags.slotBytes !== undefined) ringLayout(1, flags.slotBytes)
  const asked = flags.framing ?? 'auto'
  const { trace, warnings, ...found } = await readPcapTrace({
    file,
    framing: asked,
    serviceNs,
    from,
  })
  for (const warning of warnings) output.warn(warning)
  const slotBytes = flags.slotBytes ?? createFraming(found.framing).defaultSlotBytes
  const origin = { endpoint: null, profile: null, pcap: file, measured: null }
  return {
    source: { ...origin, serviceNs, slotBytes, ...found },
    trace,
    options: { slotBytes },
  }
}

/** A recording as an endpoint is what `--pcap` and `--from` say. */
function recordingAsFlags(endpoint: string | undefined, flags: TuneFlags) {
  const url = endpoint === undefined ? undefined : parseFeedUrl(endpoint)
  if (url?.kind !== 'file') return { endpoint, flags }
  if (url.to !== undefined && flags.from !== undefined) {
    throw badOption(`${endpoint} and --from ${flags.from} both choose`, 'Leave one of them out.')
  }
  const from = url.to ?? flags.from
  const chosen = from === undefined ? {} : { from }
  return { endpoint: undefined, flags: { ...flags, pcap: url.path, ...chosen } }
}

/** Sources that contradict each other. */
function refuseMixtures(endpoint: string | undefined, flags: TuneFlags): void {
  const { pcap, profile } = flags
  const sources = [endpoint, pcap && `--pcap ${pcap}`, profile && `--profile ${profile}`]
  const given = sources.filter((source) => source !== undefined)
  if (given.length > 1) {
    throw badOption(
      `tune was given ${given.join(' and ')}`,
      'Choose one: live traffic, a profile, or a recording.',
    )
  }
}

/** Options that would silently mean nothing. */
function refuseMeaningless(flags: TuneFlags): void {
  const { pcap, profile } = flags
  const refuse = (option: string, remedy: string) => {
    throw badOption(`${option} means nothing here`, remedy)
  }
  if (pcap === undefined) {
    if (flags.serviceNs !== undefined)
      refuse('--service-ns', 'It belongs to a recording: file:PATH, or --pcap FILE.')
    if (flags.from !== undefined)
      refuse('--from', 'It belongs to a recording: file:PATH, or --pcap FILE.')
  }
  if (profile === undefined && flags.line !== undefined) {
    refuse('--line', 'It belongs to --profile FILE.')
  }
  if (pcap === undefined && profile === undefined) return
  for (const name of Object.keys(LIVE_OPTIONS) as (keyof typeof LIVE_OPTIONS)[]) {
    if (flags[name] === undefined) continue
    refuse(optionName(name), 'It belongs to live traffic: leave it out, or leave out the file.')
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
