import { TickwireError } from '../../foundation/errors.js'
import { NS_PER_MS } from '../../foundation/units.js'
import type { WatchLimits } from '../../handle/notices/alarms.js'
import { type AskLimits, DEFAULT_ASK_LIMITS } from '../../sequence/request-planner.js'
import { GAP_PATIENCE_NS } from '../../sequence/tracker-limits.js'
import type { GapPolicy } from '../../sequence/tracker-state.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { createFraming } from '../../wire/create-framing.js'
import type { FramingName } from '../../wire/framing.js'
import { whole } from './checks.js'
import { destination } from './send-options.js'

const DEFAULT_WAIT_MS = 50
const MAX_WAIT_MS = 60_000
const DEFAULT_DELAY_MS = 2
const DEFAULT_HOLD_BYTES = 8 * 2 ** 20
const MAX_HOLD_BYTES = 2 ** 30
const DEFAULT_SILENT_MS = 1000
const DEFAULT_BEHIND_MESSAGES = 10_000
const DEFAULT_STALE_MS = 3000
/** Without a wait nobody is held up by an answer that takes long. */
const LATE_ANSWER_MS = 1000

/** What is done about messages that are missing. Everything has a default. */
export interface RecoveryOptions {
  /** The session to receive; datagrams of others are counted and passed over. Default: any. */
  readonly session?: string | undefined
  /** The retransmission server, `udp://ADDRESS:PORT`. Default: none. */
  readonly recover?: string | undefined
  /**
   * How long a gap may stay open without any progress; what comes behind it is held back meanwhile. 0:
   * nothing is held back, and what comes late is delivered late. Default 50 with a retransmission
   * server or several lines, else 0.
   */
  readonly recoverWaitMs?: number | undefined
  /** How old a gap gets before it is asked for: the other line may bring it. Default 2. */
  readonly recoverDelayMs?: number | undefined
  /** Memory for what is held back. Default 8 MiB. */
  readonly holdBytes?: number | undefined
  /** A line that brings nothing for so long while another does is reported as silent. Default 1,000. */
  readonly lineSilentMs?: number | undefined
  /** A line that is so many messages behind another is reported as behind. Default 10,000. */
  readonly lineBehind?: number | undefined
  /** A feed that brings nothing for so long is stale. Default 3,000 where there are heartbeats; `raw`: never. */
  readonly staleMs?: number | undefined
}

/** The same, checked and complete. */
export interface RecoveryPlan {
  readonly session: string | undefined
  readonly recover: Endpoint | undefined
  readonly policy: GapPolicy
  readonly holdBytes: number
  readonly watch: WatchLimits
  readonly ask: AskLimits
}

/** @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT */
export function planRecovery(
  options: RecoveryOptions,
  framing: FramingName,
  lineCount: number,
): RecoveryPlan {
  // Complains about a session that the framing cannot have.
  createFraming(framing, options.session)
  const recover = options.recover === undefined ? undefined : destination(options.recover)
  if (recover?.multicast === true) {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `The retransmission server ${recover.url} is a group`,
      'Requests go to one server: give its own address.',
    )
  }
  const waits = recover !== undefined || lineCount > 1
  const waitMs = whole(
    'recover-wait-ms',
    options.recoverWaitMs ?? (waits ? DEFAULT_WAIT_MS : 0),
    0,
    MAX_WAIT_MS,
  )
  const delayMs = whole('recover-delay-ms', options.recoverDelayMs ?? DEFAULT_DELAY_MS, 0, 1000)
  const silentMs = whole('line-silent-ms', options.lineSilentMs ?? DEFAULT_SILENT_MS, 1)
  const never = framing === 'raw' ? Number.POSITIVE_INFINITY : DEFAULT_STALE_MS
  const staleMs = options.staleMs === undefined ? never : whole('stale-ms', options.staleMs, 1)
  return {
    session: options.session,
    recover,
    policy: {
      ordered: waitMs > 0,
      recovering: recover !== undefined,
      waitNs: gapWaitNs(waitMs, recover !== undefined),
    },
    holdBytes: whole('hold-bytes', options.holdBytes ?? DEFAULT_HOLD_BYTES, 1, MAX_HOLD_BYTES),
    watch: {
      silentNs: silentMs * NS_PER_MS,
      behindMessages: whole('line-behind', options.lineBehind ?? DEFAULT_BEHIND_MESSAGES, 1),
      staleNs: staleMs * NS_PER_MS,
    },
    ask: { ...DEFAULT_ASK_LIMITS, delayNs: delayMs * NS_PER_MS },
  }
}

/** Options that were given and have no meaning beside the others, each in a sentence. */
export function ignoredRecoveryOptions(
  options: RecoveryOptions,
  plan: RecoveryPlan,
  lineCount: number,
): string[] {
  const warnings: string[] = []
  if (options.recoverDelayMs !== undefined && plan.recover === undefined) {
    warnings.push('--recover-delay-ms has no meaning without --recover: nothing is asked for.')
  }
  if (options.holdBytes !== undefined && !plan.policy.ordered) {
    warnings.push(
      '--hold-bytes has no meaning here: nothing is held back (--recover-wait-ms is 0).',
    )
  }
  if (lineCount > 1) return warnings
  if (options.lineSilentMs !== undefined) {
    warnings.push('--line-silent-ms has no meaning with one line: --stale-ms is for the feed.')
  }
  if (options.lineBehind !== undefined) {
    warnings.push('--line-behind has no meaning with one line: there is none to compare it with.')
  }
  return warnings
}

function gapWaitNs(waitMs: number, recovering: boolean): number {
  if (waitMs > 0) return waitMs * NS_PER_MS
  return recovering ? LATE_ANSWER_MS * NS_PER_MS : GAP_PATIENCE_NS
}
