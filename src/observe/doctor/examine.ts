import { bufferChecks } from './buffer-checks.js'
import type { Check } from './check.js'
import type { MachineFiles } from './machine-files.js'
import { networkChecks, portCheck } from './network-checks.js'
import { kernelCheck, processorChecks } from './processor-checks.js'
import { type ProgramFacts, programChecks } from './program-checks.js'

/** What `tickwire doctor --json` prints. */
export interface DoctorReport {
  readonly command: 'doctor'
  readonly checks: readonly Check[]
  readonly problems: number
  readonly warnings: number
}

/**
 * Looks at everything on this machine that can cost messages or latency. Reads /proc and /sys only;
 * changes nothing, and needs no right.
 *
 * @param port that a receiver would bind
 */
export function examineMachine(files: MachineFiles, facts: ProgramFacts, port: number): Check[] {
  return [
    ...bufferChecks(files),
    portCheck(files, port),
    ...networkChecks(files),
    ...processorChecks(files),
    kernelCheck(files),
    ...programChecks(files, facts),
  ]
}

export function doctorReport(checks: readonly Check[]): DoctorReport {
  const count = (status: Check['status']) => checks.filter((one) => one.status === status).length
  return { command: 'doctor', checks, problems: count('problem'), warnings: count('warning') }
}
