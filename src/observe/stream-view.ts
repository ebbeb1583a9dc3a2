import type { Colors } from 'picocolors/types.js'
import type { BridgeReport, SubscriberReport } from '../run/feed/bridge-report.js'
import type { ReceiveReport } from '../run/feed/receive-report.js'
import { formatBytes, formatCount, formatNs } from './format.js'

/** A fact of a feed's way through a stream, and its short name. */
type Row = readonly [label: string, text: string]

/** What a feed has to do with a stream, row by row: published to it, or read from it; nothing if neither. */
export function streamRows({ bridge, stream }: ReceiveReport, c: Colors): Row[] {
  return [
    ...(bridge === undefined ? [] : bridgeRows(bridge, c)),
    ...(stream === undefined ? [] : subscriberRows(stream, c)),
  ]
}

/** The same in a few words, each with a comma before it. */
export function streamWords({ bridge }: ReceiveReport): string {
  if (bridge === undefined) return ''
  const { acknowledged, batches, notPublished, connected } = bridge
  const away = connected ? '' : ', the stream is away'
  return `, ${formatCount(acknowledged)} of ${formatCount(batches)} batches stored, ${formatCount(notPublished)} messages not published${away}`
}

function bridgeRows(bridge: BridgeReport, c: Colors): Row[] {
  const { batches, acknowledged, duplicates, notPublished, unknown, spilled, spillBytes } = bridge
  const catchUp =
    bridge.catchUpMs === 0 ? '' : `, caught up within ${formatNs(bridge.catchUpMs * 1e6)}`
  const disk =
    spilled === 0
      ? ''
      : `, ${formatCount(spilled)} batches over the disk, ${formatBytes(spillBytes)} still there`
  const lost = `${formatCount(notPublished)} messages`
  return [
    [
      'stored',
      `${formatCount(acknowledged)} of ${formatCount(batches)} batches, ${formatCount(duplicates)} were there already${bridge.connected ? '' : `, ${c.red('the stream is away')}`}`,
    ],
    [
      'dropped',
      `${notPublished > 0 ? c.red(lost) : lost}; of ${formatCount(unknown)} nobody knows whether the stream has them`,
    ],
    [
      'backlog',
      `${formatBytes(bridge.backlogBytes)}, ${formatBytes(bridge.backlogHighWater)} at most${disk}, ${formatCount(bridge.reconnects)} reconnects${catchUp}`,
    ],
  ]
}

function subscriberRows(stream: SubscriberReport, c: Colors): Row[] {
  const { batches, holesFilled, holesLeft, reconnects, connected } = stream
  const away = connected ? '' : `, ${c.red('not connected')}`
  const left = `${formatCount(holesLeft)} left`
  return [
    [
      'stream',
      `${formatCount(batches)} batches, ${formatCount(holesFilled)} holes filled, ${holesLeft > 0 ? c.red(left) : left}, ${formatCount(reconnects)} reconnects${away}`,
    ],
  ]
}
