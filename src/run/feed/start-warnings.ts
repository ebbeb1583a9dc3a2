import { otherInterfaces } from '../../transport/membership.js'
import type { ActiveTransport, BoundLine } from '../memory/feed-data.js'
import type { ReceivePlan } from '../options/receive-plan.js'
import { missingIn } from './receive-report.js'

/** What whoever starts a feed should know of it. */
export function startWarnings(
  plan: ReceivePlan,
  transport: ActiveTransport,
  bound: readonly BoundLine[],
): string[] {
  return [
    ...missingWarnings(transport),
    ...bufferWarnings(plan, transport, bound),
    ...groWarnings(plan, bound),
    ...busyPollWarnings(plan, bound),
    ...interfaceWarnings(plan, bound),
  ]
}

function missingWarnings(transport: ActiveTransport): string[] {
  const missing = missingIn(transport)
  return missing.length === 0 ? [] : [`The ${transport} transport has no ${missing.join(', no ')}.`]
}

/** The kernel cuts silently, and doubles what it grants for its own bookkeeping: socket(7). */
function bufferWarnings(
  plan: ReceivePlan,
  transport: ActiveTransport,
  bound: readonly BoundLine[],
): string[] {
  const asked = plan.receiveBufferBytes
  const granted = Math.min(...bound.map((line) => line.grantedBufferBytes))
  if (transport !== 'socket' || granted >= 2 * asked) return []
  return [
    `The kernel cut the receive buffer: ${asked} bytes asked, ${Math.floor(granted / 2)} granted. ` +
      `Raise the limit with: sysctl -w net.core.rmem_max=${asked}`,
  ]
}

function groWarnings(plan: ReceivePlan, bound: readonly BoundLine[]): string[] {
  if (!plan.gro || bound.every((line) => line.coalesces)) return []
  return ['UDP_GRO is not available here (Linux 5.0, socket transport): datagrams come one by one.']
}

function busyPollWarnings(plan: ReceivePlan, bound: readonly BoundLine[]): string[] {
  if (plan.busyPollUs === 0 || bound.every((line) => line.busyPolls)) return []
  return [
    'Busy polling is not available here: it needs the socket transport, and CAP_NET_ADMIN for more than net.core.busy_read.',
  ]
}

/** A group that was joined where nobody said. */
function interfaceWarnings(plan: ReceivePlan, bound: readonly BoundLine[]): string[] {
  return plan.endpoints.flatMap((endpoint, line) => {
    const { joined } = bound[line]
    if (joined === null || endpoint.interface !== undefined) return []
    const others = otherInterfaces(endpoint, joined)
    if (others.length === 0) return []
    return [
      `The group ${endpoint.address} was joined on ${joined}, where the routes lead; it may come by ${others.join(' or ')} instead. Name the interface: ?interface=${joined}`,
    ]
  })
}
