import { recordedLength } from '../capture/recorded-length.js'
import { captureSummary, lengthText } from '../observe/capture-view.js'
import { retransmissionText, SendView, sendSummary } from '../observe/send-view.js'
import { ReplayFailure, type ReplayReport, replay } from '../replay/replay.js'
import type { Flags } from './command.js'
import { type Output, show } from './output.js'
import { cpuChoice } from './pinning.js'
import type { REPLAY_FLAGS } from './replay-flags.js'
import { stopSignal } from './signals.js'
import { CommandLog } from './with-log.js'

/** `tickwire replay`. */
export async function runReplay(
  [file = '', endpoint]: readonly string[],
  flags: Flags<typeof REPLAY_FLAGS>,
  output: Output,
): Promise<void> {
  const { noPin, log: format, ...options } = flags
  const log = new CommandLog(format, file, output)
  const told = new Set<string>()
  const length = await recordedLength(file, flags.from)
  const running = await replay({
    ...options,
    file,
    endpoint,
    cpu: cpuChoice(noPin, flags.cpu),
    signal: stopSignal(),
    onWarning: (warning) => {
      told.add(warning)
      log.warn(warning)
    },
  })
  log.followSender(() => running.stats())
  const targets = running.stats().lines.map((line) => line.endpoint)
  output.say(`replaying ${file} to ${targets.join(' and ')}; Ctrl-C stops`)
  if (length !== undefined) output.say(lengthText(length))
  if (running.retransmitEndpoint !== undefined) {
    output.say(`retransmitting on ${running.retransmitEndpoint}`)
  }
  const view = new SendView(() => running.stats(), output.colors)
  try {
    const report = await show(running.finished, view, output)
    for (const warning of report.warnings) if (!told.has(warning)) log.warn(warning)
    output.report(report, () => summary(report, output))
  } catch (error) {
    // Beside JSON the report stands in the one object, with the error.
    if (error instanceof ReplayFailure && !output.json) {
      for (const line of summary(error.report, output)) output.say(line)
    }
    throw error
  } finally {
    log.end()
  }
}

function summary(report: ReplayReport, { colors }: Output): string[] {
  const lines = sendSummary({ ...report, command: 'send', retransmission: null }, colors)
  if (report.retransmission !== null) {
    lines.push(`  asked again   ${retransmissionText(report.retransmission)}`)
  }
  lines.push(...captureSummary(report))
  if (report.tooLong > 0) lines.push(`  not sent      ${report.tooLong} longer than a datagram`)
  return lines
}
