import { receiveBufferFor } from '../../tune/socket-buffer.js'
import { formatBytes, formatCount, formatCounted, formatNs } from '../format.js'
import { type Check, ok, problem, warning } from './check.js'
import type { MachineFiles } from './machine-files.js'
import {
  datagramTruesize,
  messagesPerDatagram,
  type ReceivingRun,
  worstBurst,
} from './run-figures.js'

/** A socket's buffer is an int, of twice what was asked for. */
const LARGEST_BUFFER_BYTES = 2 ** 30 - 1
const BUFFER_STEP_BYTES = 65_536
const LARGEST_RING_SLOTS = 2 ** 20
/** Losses that go on for longer come of a rate, not of a burst. */
const SUSTAINED_MS = 1_000
/** The longest payload in an Ethernet frame, over IPv4. */
const ETHERNET_PAYLOAD_BYTES = 1_472
const NOTHING = 'no message lost'

/** Explains each kind of loss that a receiving run had, with the number that would have sufficed. */
export function lossChecks(receiving: ReceivingRun, files: MachineFiles): Check[] {
  const { expected, lost } = receiving.report.ledger
  if (lost.total === 0) {
    const found = `none of ${formatCount(expected)} messages lost`
    return [
      ok('losses', found, NOTHING),
      ...wrongChecksums(receiving, 0),
      ...refusedSources(receiving),
    ]
  }
  const kernel = lostInKernel(receiving)
  const ofChecksums = lostToChecksums(receiving, kernel)
  return [
    kernelLoss(receiving, files, kernel - ofChecksums),
    ...wrongChecksums(receiving, ofChecksums),
    ringLoss(receiving),
    ...networkLoss(receiving, files, (lost.kernel ?? 0) + lost.network - kernel),
    invalidLoss(receiving),
    unrecoveredLoss(receiving),
    cutOffLoss(receiving),
    ...refusedSources(receiving),
  ].filter((check) => check !== undefined)
}

/** Datagrams that the kernel dropped at the sockets of the run, for whatever reason. */
function kernelDrops({ report }: ReceivingRun): number {
  return report.lines.reduce((sum, line) => sum + (line.kernelDrops ?? 0), 0)
}

/**
 * Messages that the kernel lost. While a run goes on, drops whose mark came late are not blamed on the
 * kernel yet, and what they explain counts as the network's: with one line they are added here.
 */
function lostInKernel(receiving: ReceivingRun): number {
  const { lines, ledger } = receiving.report
  const kernel = ledger.lost.kernel ?? 0
  if (lines.length > 1) return kernel
  const dropped = Math.round(kernelDrops(receiving) * messagesPerDatagram(receiving))
  return Math.max(kernel, Math.min(kernel + ledger.lost.network, dropped))
}

/**
 * Of the messages that the kernel lost, those whose checksum was wrong: it counts them at the socket like
 * those that found no room, and tells the two apart only for the whole machine.
 */
function lostToChecksums(receiving: ReceivingRun, lost: number): number {
  const { machine } = receiving
  const drops = kernelDrops(receiving)
  if (drops === 0 || lost === 0) return 0
  const wrong = Math.min(machine.wrongChecksum, Math.max(0, drops - machine.bufferErrors))
  return Math.min(lost, Math.round((lost * wrong) / drops))
}

function kernelLoss(receiving: ReceivingRun, files: MachineFiles, lost: number): Check | undefined {
  if (lost <= 0) return undefined
  const { report } = receiving
  const burst = worstBurst(receiving, 'kernel')
  const drops = kernelDrops(receiving) * (lost / lostInKernel(receiving))
  const burstDatagrams = Math.ceil(drops * Math.min(1, (burst?.count ?? lost) / lost))
  if (report.transport === 'mapped') return mappedLoss(receiving, lost, burstDatagrams)
  const heldBytes = report.receiveBufferBytes?.granted ?? 0
  const neededBytes = heldBytes + burstDatagrams * datagramTruesize(receiving)
  const wanted = `a buffer that holds the longest burst: ${formatBytes(neededBytes)} as the kernel counts`
  const lasted = burst === undefined ? 0 : burst.lastMs - burst.firstMs
  const found =
    `${formatCount(lost)} lost in the kernel: the buffer held ${formatBytes(heldBytes)}, ` +
    `the burst needed ${formatBytes(neededBytes)}${fullRing(receiving)}${sustained(lasted)}`
  const remedies = [
    ...bufferRemedy(files, receiveBufferFor(neededBytes)),
    ...(fullRing(receiving) === '' ? [] : [ringRemedy(slotsOf(report) + burstDatagrams)]),
    ...(lasted > SUSTAINED_MS ? ['a faster handler, or --when-behind conflate'] : []),
  ]
  return problem('loss-kernel', found, wanted, remedies.join('; or '))
}

/** The kernel's own ring has a frame for each slot. */
function mappedLoss({ report }: ReceivingRun, lost: number, burstDatagrams: number): Check {
  const needed = slotsOf(report) + burstDatagrams
  const found = `${formatCount(lost)} lost in the kernel: its ring held ${formatCount(slotsOf(report))} packets, the burst needed ${formatCount(needed)}`
  return problem('loss-kernel', found, NOTHING, ringRemedy(needed))
}

function bufferRemedy(files: MachineFiles, askBytes: number): string[] {
  if (askBytes > LARGEST_BUFFER_BYTES) return []
  const bytes = Math.ceil(askBytes / BUFFER_STEP_BYTES) * BUFFER_STEP_BYTES
  const limit = files.sysctl('net.core.rmem_max')
  const raise =
    limit !== undefined && limit < bytes ? `sysctl -w net.core.rmem_max=${bytes}, then ` : ''
  return [`${raise}receive --receive-buffer-bytes ${bytes}`]
}

/** The kernel's buffer fills when the ring is full: that is the handler's doing. */
function fullRing({ report }: ReceivingRun): string {
  const fullCount = report.ring?.fullCount ?? 0
  if (fullCount === 0) return ''
  return `; the ring of ${formatCount(slotsOf(report))} slots was full ${formatCount(fullCount)} times, since the handler was slower`
}

/** None where nothing comes from a socket. */
function slotsOf({ ring }: ReceivingRun['report']): number {
  return ring?.slots ?? 0
}

function sustained(lastedMs: number): string {
  if (lastedMs <= SUSTAINED_MS) return ''
  return `; it went on for ${formatNs(lastedMs * 1e6)}: that is a rate, and no burst`
}

function ringRemedy(neededSlots: number): string {
  const slots = 2 ** Math.ceil(Math.log2(neededSlots))
  if (slots > LARGEST_RING_SLOTS) return 'a faster handler: no ring is large enough for that'
  return `receive --slots ${slots}`
}

function wrongChecksums({ machine }: ReceivingRun, lost: number): Check[] {
  const name = 'loss-checksum'
  const wanted = 'no datagram with a wrong checksum'
  if (machine.wrongChecksum === 0 && lost === 0) return []
  const counted = `${formatCounted(machine.wrongChecksum, 'datagram')} with a wrong checksum came to this machine since the start`
  if (lost === 0) return [ok(name, `${counted}; none of them is missing`, wanted)]
  const found = `${formatCount(lost)} lost for their checksum: ${counted}, and the kernel dropped them at the socket`
  const remedy =
    'Look where packets break: ethtool -S INTERFACE shows the device’s errors; if the sender leaves its checksums to its device, ethtool -K INTERFACE tx off there'
  return [problem(name, found, wanted, remedy)]
}

function ringLoss(receiving: ReceivingRun): Check | undefined {
  const { ring, ledger } = receiving.report
  if (ring === null || ledger.lost.ring === 0) return undefined
  const burst = worstBurst(receiving, 'ring')?.count ?? ledger.lost.ring
  const drops = receiving.report.lines.reduce((sum, line) => sum + line.ringDrops, 0)
  const needed = ring.slots + Math.ceil(drops * Math.min(1, burst / ledger.lost.ring))
  const found = `${formatCount(ledger.lost.ring)} lost at the ring: it held ${formatCount(ring.slots)} datagrams, the burst needed ${formatCount(needed)}; it was full ${formatCount(ring.fullCount)} times`
  const wanted = `a ring of ${formatCount(needed)} slots, or a receiver that waits for the handler`
  const remedy = `${ringRemedy(needed)}; or receive --when-full wait, which lets them wait in the kernel`
  return problem('loss-ring', found, wanted, remedy)
}

/** What never came to a socket of this run: one check for each counter of this machine that moved. */
function networkLoss({ machine }: ReceivingRun, files: MachineFiles, network: number): Check[] {
  if (network <= 0) return []
  const name = 'loss-network'
  const lost = `${formatCount(network)} lost before the socket`
  const checks: Check[] = []
  if (machine.backlogDrops > 0) {
    const backlog = files.sysctl('net.core.netdev_max_backlog') ?? 0
    const needed = backlog + machine.backlogDrops
    const found = `${lost}: this machine dropped ${formatCounted(machine.backlogDrops, 'packet')} behind its devices since the start; the queue there holds ${formatCount(backlog)}, ${formatCount(needed)} would have sufficed`
    const remedy = `sysctl -w net.core.netdev_max_backlog=${needed}`
    checks.push(problem(name, found, NOTHING, remedy))
  }
  if (machine.deviceDrops > 0) {
    const found = `${lost}: the devices of this machine lost ${formatCounted(machine.deviceDrops, 'packet')} since the start`
    const remedy =
      'Give the device more room: ethtool -G INTERFACE rx N (ethtool -g shows the most)'
    checks.push(problem(name, found, NOTHING, remedy))
  }
  if (machine.reversePathFiltered > 0) {
    const found = `${lost}: the reverse-path filter discarded ${formatCounted(machine.reversePathFiltered, 'packet')} since the start, whose sender cannot be answered by where they came in`
    const remedy = 'sysctl -w net.ipv4.conf.all.rp_filter=2'
    checks.push(problem(name, found, NOTHING, remedy))
  }
  if (checks.length > 0) return checks
  const found = `${lost}, and nothing on this machine has counted them: the network or the sender lost them`
  const remedy =
    'Receive a second line (receive A B), or recover: receive --recover udp://SERVER:PORT'
  return [problem(name, found, NOTHING, remedy)]
}

function invalidLoss({ report, run }: ReceivingRun): Check | undefined {
  const { invalid } = report.ledger.lost
  if (invalid === 0) return undefined
  const name = 'loss-invalid'
  const cut = report.transport === 'mapped' ? 0 : (run.counters('feed')?.['damaged'] ?? 0)
  const slotBytes = report.ring?.slotBytes ?? 0
  if (cut > 0) {
    const found = `${formatCount(invalid)} lost as invalid: ${formatCounted(cut, 'datagram')} longer than a slot of ${formatCount(slotBytes)} bytes, and cut`
    const bytes = Math.max(ETHERNET_PAYLOAD_BYTES, 2 * slotBytes)
    const wanted = 'slots as long as the longest datagram'
    return problem(name, found, wanted, `receive --slot-bytes ${bytes}`)
  }
  const found = `${formatCount(invalid)} lost as invalid: ${formatCounted(report.invalidDatagrams, 'datagram')} not of the framing ${report.framing}`
  const wanted = 'one stream on the port, in the framing that was named'
  const endpoint = report.lines[0]?.endpoint ?? ''
  const remedy = `tickwire doctor ${endpoint} shows what comes and from whom; then receive --framing, or --allow-source`
  return problem(name, found, wanted, remedy)
}

function unrecoveredLoss({ report }: ReceivingRun): Check | undefined {
  const { unrecovered } = report.ledger.lost
  if (unrecovered === 0) return undefined
  const name = 'loss-unrecovered'
  const wanted = 'an answer to each request, in time'
  const { recovery } = report
  const lost = `${formatCount(unrecovered)} lost though they were asked for again`
  if (recovery === null) return problem(name, lost, wanted, 'receive --recover-wait-ms N')
  const { requests, answers, latencyNs, endpoint } = recovery
  const counts = `${formatCounted(requests, 'request')} to ${endpoint}, ${formatCounted(answers, 'answer')}`
  if (answers === 0) {
    const remedy = `Look whether the request server runs at ${endpoint}, and has this session (send --retransmit)`
    return problem(name, `${lost}: ${counts}`, wanted, remedy)
  }
  const found = `${lost}: ${counts}, after p99 ${formatNs(latencyNs.p99)}, at most ${formatNs(latencyNs.max)}`
  const waitMs = Math.max(1, Math.ceil((2 * (latencyNs.max ?? 0)) / 1e6))
  const remedy = `receive --recover-wait-ms ${waitMs} or more; if the server has forgotten them, let it keep more`
  return problem(name, found, wanted, remedy)
}

function cutOffLoss({ report }: ReceivingRun): Check | undefined {
  const { cutOff } = report.ledger.lost
  if (cutOff === 0) return undefined
  const found = `${formatCount(cutOff)} had come, and were not delivered since the run ended or its handler failed`
  const remedy = 'Look at the error with which the run ended: tickwire stat shows it'
  return problem('loss-cut-off', found, 'all that has come is delivered', remedy)
}

/** Datagrams of senders that were not named: they are in no ledger, since they are taken for another stream. */
function refusedSources({ report, run }: ReceivingRun): Check[] {
  const allowed = run.facts?.command === 'receive' ? run.facts.plan.allowedSources : []
  return report.lines.flatMap(({ endpoint, otherSources, datagrams }, line) => {
    if (otherSources === null || otherSources === 0) return []
    const name = 'refused-sources'
    const named = allowed[line]?.join(' and ') ?? ''
    const found = `${formatCount(otherSources)} of ${formatCount(datagrams)} datagrams at ${endpoint} refused, for ${named} alone may send there`
    const wanted = 'each sender of the feed named, and nobody else on the port'
    const remedy = `tcpdump -c 5 -nni any udp port ${new URL(endpoint).port}  # shows who sends; then receive --allow-source ADDRESS`
    // Where all was refused it is the feed itself that is kept out.
    return [(otherSources === datagrams ? problem : warning)(name, found, wanted, remedy)]
  })
}
