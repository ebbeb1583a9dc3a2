import { badOption } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'
import type { Endpoint } from '../../transport/endpoint.js'
import type { Placement } from '../thread/placement.js'
import type { ReceiveOptions } from './receive-options.js'

/** Options that need a line of datagrams. */
const LINE_OPTIONS = ['recover', 'allowSources', 'profile', 'gro', 'busyPollUs', 'window'] as const

/**
 * Refuses what only a line of datagrams has, where a feed comes from elsewhere.
 *
 * @param why what it comes from instead, and what that means
 * @param others options that this place does not have either
 * @throws {TickwireError} TW_BAD_OPTION
 */
export function refuseLineOptions(
  options: ReceiveOptions,
  why: string,
  others: readonly (keyof ReceiveOptions)[],
): void {
  const refuse = (what: string) => {
    throw badOption(`${what}, but ${why}`, 'Leave it out.')
  }
  if (options.transport !== undefined && options.transport !== 'auto') {
    refuse(`${optionName('transport')} is ${options.transport}`)
  }
  if (options.flow === 'credit') refuse(`${optionName('flow')} is credit`)
  for (const name of [...LINE_OPTIONS, ...others]) {
    const value = options[name]
    if (value === undefined || value === null || value === false || value === 0) continue
    refuse(`${optionName(name)} is given`)
  }
}

/** The endpoint of a plan for what has no address of its own. */
export function endpointWithoutLine(url: string): Endpoint {
  return {
    url,
    address: '',
    port: 0,
    ipv6: false,
    multicast: false,
    interface: undefined,
    source: undefined,
    ttl: 0,
  }
}

/** Where its threads run: nothing spins, since the kernel's queue is not behind it. */
export function placementWithoutLine(handlerCpu: number | null): Placement {
  return {
    receiverCpus: [],
    handlerCpu,
    receiverSpinTurns: 0,
    handlerParks: true,
    handlerSharesCore: false,
    handlerSpinTurns: 0,
    warnings: [],
  }
}
