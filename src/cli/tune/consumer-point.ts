import type { BurstinessPoint } from '../../tune/burstiness.js'
import type { TuneReport } from './report.js'

/** The point of the burstiness curve that is nearest to the handler's own speed; `null` without one. */
export function consumerOf({ burstiness, source }: TuneReport): BurstinessPoint | null {
  if (source.serviceNs === 0) return null
  const rate = 1e9 / source.serviceNs
  const distance = (point: BurstinessPoint) => Math.abs(Math.log(point.ratePerSecond / rate))
  return burstiness.reduce<BurstinessPoint | null>(
    (best, point) => (best === null || distance(point) < distance(best) ? point : best),
    null,
  )
}
