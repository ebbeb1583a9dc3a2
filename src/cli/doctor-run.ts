import { readlinkSync } from 'node:fs'
import type { EndedBy } from '../foundation/ended-by.js'
import { TickwireError } from '../foundation/errors.js'
import { readNetworkCounters } from '../native/network-counters.js'
import type { RunReading } from '../observe/counters-reader.js'
import type { Check } from '../observe/doctor/check.js'
import { doctorText } from '../observe/doctor/doctor-text.js'
import { doctorReport, examineMachine } from '../observe/doctor/examine.js'
import { type Heard, listen } from '../observe/doctor/listen.js'
import { lossChecks } from '../observe/doctor/loss-checks.js'
import { MachineFiles } from '../observe/doctor/machine-files.js'
import { multicastAllCheck } from '../observe/doctor/network-checks.js'
import { programFacts } from '../observe/doctor/program-facts.js'
import { runChecks } from '../observe/doctor/run-checks.js'
import { receivingRun } from '../observe/doctor/run-figures.js'
import { notHeard, trafficChecks } from '../observe/doctor/traffic-checks.js'
import { endpointText, resolveHosts } from '../run/options/endpoint-names.js'
import { DEFAULT_ENDPOINT, type Endpoint, parseEndpoint } from '../transport/endpoint.js'
import type { Flags } from './command.js'
import { DOCTOR_FLAGS } from './doctor-flags.js'
import type { Output } from './output.js'
import { readRuns } from './stat-run.js'

/** Errors that say what keeps a socket from listening: findings, and no failures of the doctor. */
const FINDINGS: readonly string[] = [
  'TW_PORT_IN_USE',
  'TW_ADDRESS_NOT_LOCAL',
  'TW_NO_SUCH_INTERFACE',
  'TW_PERMISSION',
  'TW_SYSTEM',
]

interface Examination {
  readonly checks: readonly Check[]
  readonly port: number
  readonly listened?: object
  readonly runs?: readonly object[]
}

/** `tickwire doctor`: exits with 1 if there are problems. */
export async function runDoctor(
  target: string | undefined,
  { listenMs = DOCTOR_FLAGS.listenMs.default, all = false }: Flags<typeof DOCTOR_FLAGS>,
  output: Output,
): Promise<void> {
  const files = new MachineFiles()
  const found = await examineTarget(target, listenMs, files, output)
  const machine = examineMachine(files, programFacts(), found.port)
  const { checks: _, port: __, ...more } = found
  // Of a run that is at work its own sockets have the port.
  const checks =
    found.runs === undefined ? machine : machine.filter(({ name }) => name !== 'port-listeners')
  const endedBy: EndedBy = found.listened === undefined ? 'end-of-file' : 'duration'
  const about = { target: target ?? null, ...more, endedBy }
  const report = { ...doctorReport([...found.checks, ...checks]), ...about }
  output.report(report, () => doctorText(report, output.colors, all))
  if (report.problems > 0) process.exitCode = 1
}

async function examineTarget(
  target: string | undefined,
  listenMs: number,
  files: MachineFiles,
  output: Output,
): Promise<Examination> {
  if (target === undefined) return { checks: [], port: parseEndpoint(DEFAULT_ENDPOINT).port }
  if (target.startsWith('udp:')) return examineEndpoint(target, listenMs, files, output)
  return examineRuns(readRuns(target), files)
}

async function examineEndpoint(
  url: string,
  listenMs: number,
  files: MachineFiles,
  output: Output,
): Promise<Examination> {
  const [resolved = url] = await resolveHosts([endpointText(url)])
  const endpoint = parseEndpoint(resolved)
  const { port } = endpoint
  const groupChecks = endpoint.multicast ? [multicastAllCheck(files, endpoint.ipv6)] : []
  try {
    if (!output.json) output.say(`listening at ${endpoint.url} for ${listenMs} ms`)
    const heard = await listen(endpoint, listenMs)
    return {
      checks: [...trafficChecks(heard, endpoint), ...groupChecks],
      port,
      listened: listened(heard),
    }
  } catch (error) {
    if (!(error instanceof TickwireError) || !FINDINGS.includes(error.code)) throw error
    const remedy = await remedyOf(error, endpoint)
    return { checks: [notHeard(endpoint, error, remedy), ...groupChecks], port }
  }
}

/** A port that a receiver of Tickwire has is asked about there. */
async function remedyOf(error: TickwireError, { port }: Endpoint): Promise<string> {
  if (error.code !== 'TW_PORT_IN_USE') return error.remedy
  const own = readRuns(undefined).find(
    ({ alive, report }) =>
      alive &&
      report?.command === 'receive' &&
      report.lines.some(({ endpoint }) => new RegExp(`:${port}(\\?|$)`).test(endpoint)),
  )
  if (own === undefined) return `ss -uanp 'sport = :${port}' shows who has it; ${error.remedy}`
  return `tickwire doctor ${own.processId} asks the receiver that has it`
}

function listened({ report, machine: _, framingProblem: __, ...heard }: Heard): object {
  return {
    ...heard,
    messages: report?.messages ?? null,
    gaps: report?.gaps ?? null,
    lost: report?.ledger.lost.total ?? null,
    duplicates: report?.ledger.duplicates ?? null,
    restarts: report?.restarts ?? null,
    heartbeats: report?.heartbeats ?? null,
    invalidDatagrams: report?.invalidDatagrams ?? null,
  }
}

function examineRuns(runs: readonly RunReading[], files: MachineFiles): Examination {
  const checks = runs.flatMap((run) => {
    const now = run.alive && sharesNetwork(run.processId) ? readNetworkCounters() : undefined
    const receiving = receivingRun(run, now)
    return [...runChecks(run), ...(receiving === undefined ? [] : lossChecks(receiving, files))]
  })
  return {
    checks,
    port: parseEndpoint(DEFAULT_ENDPOINT).port,
    runs: runs.map(({ processId, alive, file, report }) => ({
      ...{ pid: processId, alive, file },
      ledger: report?.command === 'receive' ? report.ledger : null,
    })),
  }
}

/** Whether a process is in this one's network namespace, whose counters this one reads. */
function sharesNetwork(processId: number): boolean {
  try {
    return readlinkSync(`/proc/${processId}/ns/net`) === readlinkSync('/proc/self/ns/net')
  } catch {
    return false
  }
}
