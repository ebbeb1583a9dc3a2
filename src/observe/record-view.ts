import type { Colors } from 'picocolors/types.js'
import type { ReceiveReport, RecordingReport } from '../run/feed/receive-report.js'
import { formatBytes, formatCount } from './format.js'

const SHOWN_FILES = 10

/** What a run has recorded, in a line; nothing where it records nothing. */
export function recordingText({ recording }: ReceiveReport, c: Colors): string[] {
  if (recording === null) return []
  const missing = notRecordedText(recording)
  const state = recording.state === 'writing' ? '' : `, ${c.red(recording.state.replace('-', ' '))}`
  return [
    `${formatCount(recording.recorded)} datagrams, ${formatBytes(recording.bytes)}${missing === '' ? '' : `, ${c.red(`not recorded: ${missing}`)}`}${state}`,
  ]
}

/** The files of a run that is over, and what is in none of them. */
export function recordedLines(report: ReceiveReport, c: Colors): string[] {
  const { recording } = report
  if (recording === null) return []
  const files = recording.files ?? []
  const shown = files.slice(0, SHOWN_FILES)
  const rest = files.length - shown.length
  return [
    ...recordingText(report, c).map((text) => `  recorded      ${text}`),
    ...shown.map(
      ({ file, packets, bytes }) =>
        `    ${file}  ${formatCount(packets)} datagrams, ${formatBytes(bytes)}`,
    ),
    ...(rest > 0 ? [`    and ${formatCount(rest)} more files`] : []),
  ]
}

/** The report of `tickwire record`, for people. */
export function recordSummary(report: ReceiveReport, c: Colors): string[] {
  const { ledger, recording } = report
  const missing = ledger.lost.total + ledger.skipped
  return [
    `${c.bold(`${formatCount(recording?.recorded ?? 0)} datagrams recorded`)}, ${formatCount(ledger.expected - missing)} of ${formatCount(ledger.expected)} messages of the feed are known to be in them`,
    ...recordedLines(report, c),
    `  lost before   ${lostText(ledger.lost)}`,
  ]
}

function notRecordedText({ notRecorded }: RecordingReport): string {
  const words = { diskFull: 'disk full', slow: 'slow disk', failed: 'failed', damaged: 'damaged' }
  return Object.entries(notRecorded)
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => `${formatCount(count)} ${words[cause as keyof typeof words]}`)
    .join(', ')
}

function lostText(lost: ReceiveReport['ledger']['lost']): string {
  const parts = Object.entries(lost).filter(([key, count]) => key !== 'total' && (count ?? 0) > 0)
  const text = parts.map(([cause, count]) => `${cause} ${formatCount(count)}`).join(', ')
  return `${formatCount(lost.total)} messages${text === '' ? '' : ` (${text})`}`
}
