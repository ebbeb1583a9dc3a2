import { TickwireError } from '../../foundation/errors.js'
import type { ReceiveReport } from './receive-report.js'

/** A run that ended with an error; what was received is in `report`. */
export class FeedFailure extends TickwireError {
  readonly report: ReceiveReport

  constructor(cause: TickwireError, report: ReceiveReport) {
    super(cause.code, cause.what, cause.remedy, { cause: cause.cause ?? cause })
    this.report = report
  }
}
