import type { Colors } from 'picocolors/types.js'
import type { BridgeReport } from '../run/feed/bridge-report.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import { formatBytes, formatCount } from './format.js'
import type { LiveSource } from './live-display.js'
import { ReceiveView, receiveSummary } from './receive-view.js'

/** The report of a bridge, as far as it is shown. */
export type BridgedReport = Omit<ReceiveReport, 'command'> & { readonly bridge: BridgeReport }

/** Shows a feed that is being published. */
export class BridgeView implements LiveSource {
  readonly #stats: () => BridgedReport
  readonly #feed: ReceiveView

  constructor(stats: () => BridgedReport, colors: Colors) {
    this.#stats = stats
    this.#feed = new ReceiveView(() => asReceived(stats()), colors)
  }

  lines(): readonly string[] {
    return [...this.#feed.lines(), ...bridgeLines(this.#stats().bridge).map((line) => `  ${line}`)]
  }

  line(): string {
    const { acknowledged, batches, notPublished } = this.#stats().bridge
    return `${this.#feed.line()}, ${formatCount(acknowledged)} of ${formatCount(batches)} batches stored, ${formatCount(notPublished)} messages not published`
  }
}

/** The report of a finished bridge, for people. */
export function bridgeSummary(report: BridgedReport, colors: Colors): string[] {
  return [
    ...receiveSummary(asReceived(report), colors),
    ...bridgeLines(report.bridge).map((line) => `  ${line}`),
  ]
}

function bridgeLines(bridge: BridgeReport): string[] {
  const { batches, acknowledged, duplicates, notPublished, unknown } = bridge
  return [
    `stored        ${formatCount(acknowledged)} of ${formatCount(batches)} batches, ${formatCount(duplicates)} were there already`,
    `not published ${formatCount(notPublished)} messages; of ${formatCount(unknown)} nobody knows`,
    `backlog       ${formatBytes(bridge.backlogHighWater)} at most, ${formatCount(bridge.spilled)} batches over the disk, ${formatCount(bridge.reconnects)} reconnects`,
  ]
}

function asReceived(report: BridgedReport): ReceiveReport {
  return { ...report, command: 'receive' }
}
