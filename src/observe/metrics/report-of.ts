import { TickwireError } from '../../foundation/errors.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import type { SendReport } from '../../run/transmission/send-report.js'

/** How a run ended: its report, or null if there is none. */
export type FinalReport = ReceiveReport | SendReport | null

/** The report that the error of a failed run has. */
export function reportOf(error: unknown): FinalReport {
  if (!(error instanceof TickwireError) || !('report' in error)) return null
  return error.report as FinalReport
}
