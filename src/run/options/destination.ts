import { TickwireError } from '../../foundation/errors.js'
import { type Endpoint, parseEndpoint } from '../../transport/endpoint.js'

/** An endpoint that can be sent to. @throws {TickwireError} TW_BAD_ENDPOINT */
export function destination(text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (endpoint.port === 0) {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `The endpoint "${text}" has port 0, which cannot be sent to`,
      'Give the port that the receiver has bound.',
    )
  }
  if (/^[0:.]+$/.test(endpoint.address)) {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `The endpoint "${text}" is any address, which cannot be sent to`,
      'Give the address of the receiver, or of its group.',
    )
  }
  return endpoint
}
