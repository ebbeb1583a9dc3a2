import type { Colors } from 'picocolors/types.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import type { LiveView } from './live-display.js'
import { ReceiveView, receiveSummary } from './receive-view.js'

/** The report of a bridge: that of its feed, with what became of it in the stream. */
export type BridgedReport = Omit<ReceiveReport, 'command'>

/** Shows a feed that is being published. */
export function bridgeView(stats: () => BridgedReport, colors: Colors): LiveView {
  return new ReceiveView(() => asReceived(stats()), colors)
}

/** The report of a finished bridge, for people. */
export function bridgeSummary(report: BridgedReport, colors: Colors): string[] {
  return receiveSummary(asReceived(report), colors)
}

function asReceived(report: BridgedReport): ReceiveReport {
  return { ...report, command: 'receive' }
}
