import { isIP } from 'node:net'
import { badOption } from '../../foundation/errors.js'
import { optionText } from '../../foundation/option-name.js'
import { canBeSource, type Endpoint } from '../../transport/endpoint.js'
import { canonicalAddress } from '../../transport/source-filter.js'

/**
 * The sources whose datagrams each line takes, in the order of the endpoints: those that hold for all
 * lines and have the endpoint's family, and the endpoint's own. No address: any source. A group that is
 * joined with its source has none, since the kernel lets nothing else through.
 *
 * @param sources addresses for all lines
 * @throws {TickwireError} TW_BAD_OPTION for what is no host's address, or of a family that no endpoint
 * has, and for an endpoint whose family no address has
 */
export function allowedSources(
  sources: readonly string[],
  endpoints: readonly Endpoint[],
): readonly (readonly string[])[] {
  for (const source of sources) {
    if (!canBeSource(source)) {
      throw badOption(`The source "${source}" is not the address of a host`, example())
    }
    if (!endpoints.some((endpoint) => sameFamily(source, endpoint.address))) {
      throw badOption(
        `The source ${source} has another address family than ${urls(endpoints)}`,
        example(),
      )
    }
  }
  return endpoints.map((endpoint) => {
    if (filteredByKernel(endpoint)) return []
    const fitting = sources.filter((source) => sameFamily(source, endpoint.address))
    const all = endpoint.source === undefined ? fitting : [...fitting, endpoint.source]
    if (sources.length > 0 && all.length === 0) {
      const family = endpoint.ipv6 ? 'IPv6' : 'IPv4'
      throw badOption(
        `No allowed source has the address family of ${endpoint.url}, so it could receive nothing`,
        `Allow an ${family} address too, or leave the endpoint out.`,
      )
    }
    return [...new Set(all.map(canonicalAddress))]
  })
}

/** Whether the kernel was told at the join which source to let through. What it keeps back nobody can count. */
export function filteredByKernel({ multicast, source }: Endpoint): boolean {
  return multicast && source !== undefined
}

function example(): string {
  const [v4, v6] = ['10.0.0.9', 'fe80::9'].map((address) => optionText('allowSources', address))
  return `Give the sender's IP address, of the endpoint's family and without port and zone: ${v4} or ${v6}.`
}

function sameFamily(one: string, other: string): boolean {
  return isIP(one) === isIP(other)
}

function urls(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ url }) => url).join(' and ')
}
