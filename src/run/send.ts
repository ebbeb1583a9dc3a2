import { planSend, type SendOptions } from './send-options.js'
import { Transmission } from './transmission.js'

/**
 * Starts to send a generated market from a pinned thread, on an absolute schedule. Several endpoints
 * are lines of one feed: each gets every datagram. Resolves when the
 * thread is ready; the first message leaves `startDelayMs` later.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT, TW_NO_SUCH_CPU, TW_NO_SUCH_INTERFACE,
 * TW_UNREACHABLE, TW_NO_FFI
 */
export async function send(options: SendOptions = {}): Promise<Transmission> {
  const plan = planSend(options)
  return Transmission.start({
    endpoints: plan.endpoints,
    cpu: plan.cpu,
    transport: plan.transport,
    source: { kind: 'market', plan },
    signal: options.signal,
    onWarning: options.onWarning,
  })
}
