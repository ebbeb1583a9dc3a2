import type { TickwireError } from '../../foundation/errors.js'
import { causesOfSilence } from '../../run/feed/network-watch.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { createFraming } from '../../wire/create-framing.js'
import { formatCount, formatRate } from '../format.js'
import { type Check, ok, problem, unknown, warning } from './check.js'
import type { Heard } from './listen.js'

/** The longest payload of one Ethernet frame, over IPv4: what is longer comes in fragments. */
const ETHERNET_PAYLOAD_BYTES = 1_472
const SHOWN_SOURCES = 3

/** What was heard at an endpoint: who sends, what it looks like, and what is missing in it. */
export function trafficChecks(heard: Heard, endpoint: Endpoint): Check[] {
  if (heard.datagrams === 0) return [silence(heard, endpoint)]
  return [traffic(heard), sources(heard), framing(heard), size(heard), ...gaps(heard)]
}

/** The endpoint could not be listened to. */
export function notHeard(endpoint: Endpoint, error: TickwireError, remedy: string): Check {
  const wanted = `a moment of what comes to ${endpoint.url}`
  // Who has the port may hear it well; an address or interface that is not there hears nothing.
  if (error.code !== 'TW_PORT_IN_USE') return problem('traffic', error.what, wanted, remedy)
  return { ...unknown('traffic', error.what, wanted), remedy }
}

function silence({ machine, elapsedMs, endpoint: url }: Heard, endpoint: Endpoint): Check {
  const name = 'traffic'
  const wanted = `datagrams at ${url}`
  const nothing = `nothing came in ${(elapsedMs / 1000).toFixed(1)} s`
  const causes = causesOfSilence(machine)
  const found = [nothing, ...causes].join('. ')
  const remedy = `tcpdump -c 5 -ni any udp port ${endpoint.port} shows whether it comes to this machine; ${endpoint.multicast ? 'name the interface that it comes by: ?interface=' : "compare the sender's destination with this address"}`
  if (machine.reversePathFiltered > 0) {
    return problem(name, found, wanted, 'sysctl -w net.ipv4.conf.all.rp_filter=2')
  }
  return warning(name, found, wanted, remedy)
}

function traffic({ datagrams, bytes, elapsedMs, endpoint, notKept }: Heard): Check {
  const rate = formatRate((datagrams * 1000) / Math.max(1, elapsedMs))
  const left = notKept === 0 ? '' : `; ${formatCount(notKept)} of them only counted`
  const found = `${formatCount(datagrams)} datagrams, ${formatCount(bytes)} bytes in ${(elapsedMs / 1000).toFixed(1)} s: ${rate}/s${left}`
  return ok('traffic', found, `datagrams at ${endpoint}`)
}

function sources({ sources }: Heard): Check {
  const name = 'traffic-sources'
  const wanted = 'one sender on the port, or --allow-source'
  const shown = sources
    .slice(0, SHOWN_SOURCES)
    .map(({ address, port, datagrams }) => `${address} port ${port} (${formatCount(datagrams)})`)
  const more = sources.length > SHOWN_SOURCES ? ` and ${sources.length - SHOWN_SOURCES} more` : ''
  const found = `${shown.join(', ')}${more}`
  if (sources.length === 1) return ok(name, found, wanted)
  return warning(name, found, wanted, `receive --allow-source ${sources[0]?.address}`)
}

function framing({ framing, framingProblem, report }: Heard): Check {
  const name = 'traffic-framing'
  const wanted = 'a framing that Tickwire reads'
  if (framing === null) {
    const found = framingProblem ?? 'it cannot be told'
    const remedy =
      'tickwire record FILE takes it as it is; a framing that is named is used: receive --framing NAME'
    return warning(name, found, wanted, remedy)
  }
  const invalid = report?.invalidDatagrams ?? 0
  if (invalid === 0) return ok(name, `${framing}: receive --framing ${framing}`, wanted)
  const found = `${framing}, but for ${formatCount(invalid)} datagrams`
  return warning(name, found, wanted, 'Look for a second publisher on the port: --allow-source')
}

function size({ longestBytes, framing }: Heard): Check {
  const name = 'traffic-datagram-size'
  const slotBytes =
    framing === null ? ETHERNET_PAYLOAD_BYTES : createFraming(framing).defaultSlotBytes
  const wanted = `datagrams that fit a slot (${slotBytes} bytes by default) and a frame`
  const found = `the longest has ${longestBytes} bytes`
  if (longestBytes > slotBytes) {
    return warning(name, found, wanted, `receive --slot-bytes ${longestBytes}`)
  }
  if (longestBytes <= ETHERNET_PAYLOAD_BYTES) return ok(name, found, wanted)
  const remedy = 'Let the sender keep to one frame, or the network take longer ones (MTU)'
  return warning(name, `${found}, so it comes in fragments`, wanted, remedy)
}

function gaps({ report, machine }: Heard): Check[] {
  if (report === null) return []
  const name = 'traffic-gaps'
  const wanted = 'no message missing between the first and the last'
  const { ledger, gaps, restarts, foreignDatagrams, heartbeats } = report
  const more = [
    [ledger.duplicates, 'duplicates'],
    [restarts, 'restarts'],
    [foreignDatagrams, 'datagrams of other streams'],
    [heartbeats, 'heartbeats'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, what]) => `${formatCount(Number(count))} ${what}`)
  const also = more.length === 0 ? '' : `; ${more.join(', ')}`
  const missing = ledger.lost.total
  const found = `${formatCount(missing)} of ${formatCount(ledger.expected)} messages missing, in ${formatCount(gaps)} gaps${also}`
  if (missing === 0) return [ok(name, found, wanted)]
  if (machine.bufferErrors > 0) {
    const why = `${found}; but sockets of this machine had no room for ${formatCount(machine.bufferErrors)} datagrams meanwhile, and this one may have been among them`
    return [unknown(name, why, wanted)]
  }
  const remedy =
    'They were lost before this machine, or by it before a socket saw them: receive both lines, or --recover udp://SERVER:PORT'
  return [warning(name, found, wanted, remedy)]
}
