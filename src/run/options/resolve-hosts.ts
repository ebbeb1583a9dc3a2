import {
  type EndpointOptions,
  endpointText,
  endpointTexts,
  hostNameOf,
  resolveHosts,
} from './endpoint-names.js'

/** The host name of each endpoint that was given; null where it was an address. */
export function hostNames(options: EndpointOptions): readonly (string | null)[] {
  return endpointTexts(options).map((text) => hostNameOf(text) ?? null)
}

/** Options of a receiver with addresses in the place of host names. @throws {TickwireError} as `resolveHosts` does */
export async function resolveReceiveHosts<
  Options extends EndpointOptions & { readonly recover?: string | undefined },
>(options: Options): Promise<Options> {
  const { recover } = options
  return { ...(await resolveEndpoints(options)), recover: await resolved(recover) }
}

/** Options of a sender with addresses in the place of host names. @throws {TickwireError} as `resolveHosts` does */
export async function resolveSendHosts<
  Options extends EndpointOptions & { readonly retransmit?: string | undefined },
>(options: Options): Promise<Options> {
  const { retransmit } = options
  return { ...(await resolveEndpoints(options)), retransmit: await resolved(retransmit) }
}

async function resolveEndpoints<Options extends EndpointOptions>(
  options: Options,
): Promise<Options> {
  const endpoints = await resolveHosts(endpointTexts(options))
  return { ...options, endpoint: undefined, endpoints }
}

async function resolved(url: string | undefined): Promise<string | undefined> {
  return typeof url === 'string' ? (await resolveHosts([endpointText(url)]))[0] : url
}
