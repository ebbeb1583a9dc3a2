import type { EndedBy } from '../../foundation/ended-by.js'
import { formatCount } from '../../observe/format.js'
import { ReceiveView } from '../../observe/receive-view.js'
import type { Feed } from '../../run/feed/feed.js'
import type { ReceiveReport } from '../../run/feed/receive-report.js'
import type { ReceiveOptions } from '../../run/options/receive-options.js'
import { receive } from '../../run/receive.js'
import type { TuneResult } from '../../tune/tune.js'
import { type Output, show } from '../output.js'
import { type Traffic, trafficOfProfile } from './measured-traffic.js'
import type { VerificationRun } from './report.js'
import { lookAtRun, profileOf } from './ring-run.js'

/** The share of the zero-loss capacity that is run to show that it loses. */
const TOO_SMALL = 1 / 4
/** A ring that hardly ever fills; its memory is touched, so it is not larger than needed. */
const MEASURING_SLOTS = { socket: 32_768, mapped: 8192 } as const

/** What was measured, and how to receive the same feed again. */
export interface LiveTraffic extends Traffic {
  /** With the port that was bound. */
  readonly endpoint: string
  readonly endedBy: EndedBy
}

/** A receiver of live traffic, for as long as its options say. */
export async function measureLive(options: ReceiveOptions, output: Output): Promise<LiveTraffic> {
  const slots = MEASURING_SLOTS[options.transport === 'mapped' ? 'mapped' : 'socket']
  const feed = await receive({
    ...options,
    slots: options.slots ?? slots,
    whenFull: 'wait',
    profile: true,
  })
  const [endpoint] = feed.endpoints
  output.say(`measuring ${endpoint} for ${formatCount(options.durationMs ?? 0)} ms; Ctrl-C ends it`)
  const report = await run(feed, output)
  const profile = profileOf(feed)
  const origin = { endpoint, invalid: report.invalidDatagrams }
  const endedBy = report.endedBy ?? 'duration'
  return { ...trafficOfProfile(profile, origin, undefined), endpoint, endedBy }
}

/**
 * Receives the same feed again, with the recommended ring and with one that is too small, each for as
 * long as was measured. What comes now is not what came then: so each run is profiled too, and its loss
 * predicted from its own arrivals and services as well.
 */
export async function verifyLive(
  { endpoint }: LiveTraffic,
  result: TuneResult,
  options: ReceiveOptions,
  output: Output,
): Promise<VerificationRun[]> {
  const runs: VerificationRun[] = []
  for (const slots of sizesToVerify(result)) {
    if (options.signal?.aborted === true) break
    output.say(`running with ${formatCount(slots)} slots that drop the newest when full`)
    const feed = await receive({
      ...options,
      endpoints: endpoint,
      slots,
      whenFull: 'drop-newest',
      profile: true,
      // Said once is enough.
      onWarning: undefined,
    })
    const report = await run(feed, output)
    const found = lookAtRun(feed, report)
    if (found === null) output.warn(`Nothing came while ${formatCount(slots)} slots were tried.`)
    else runs.push({ ...found, measuredTrafficLossPercent: lossOf(result, slots) })
  }
  return runs
}

/** The recommended size, and the largest power of two up to a quarter of the need, if that loses. */
function sizesToVerify({ measured, recommended }: TuneResult): number[] {
  const { capacities, zeroLossSlots } = measured
  const small = capacities.filter(
    ({ slots, lostMessages }) => slots <= zeroLossSlots * TOO_SMALL && lostMessages > 0,
  )
  return [...small.slice(-1).map(({ slots }) => slots), recommended.slots]
}

function lossOf({ measured }: TuneResult, slots: number): number {
  return measured.capacities.find((row) => row.slots === slots)?.lossPercent ?? 0
}

async function run(feed: Feed, output: Output): Promise<ReceiveReport> {
  return show(feed.finished, new ReceiveView(() => feed.stats(), output.colors), output)
}
