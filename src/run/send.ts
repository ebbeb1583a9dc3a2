import { closeCounters } from './memory/run-counters.js'
import { createSendCounters } from './memory/send-counters.js'
import { resolveSendHosts } from './options/resolve-hosts.js'
import { type StoredRetransmission, startRetransmission } from './options/retransmission-plan.js'
import type { SendOptions } from './options/send-options.js'
import { planSend } from './options/send-plan.js'
import { Transmission } from './transmission/transmission.js'

/**
 * Starts to send a generated market from a pinned thread, on an absolute schedule. Several endpoints
 * are lines of one feed: each gets every datagram. Resolves when the
 * thread is ready; the first message leaves `startDelayMs` later.
 *
 * With `retransmit` a server answers requests for what was sent, until the sender is done and has
 * lingered.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT, TW_NO_SUCH_CPU, TW_NO_SUCH_INTERFACE,
 * TW_UNREACHABLE, TW_NO_FFI; with `retransmit` TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL, TW_PERMISSION too
 */
export async function send(options: SendOptions = {}): Promise<Transmission> {
  const plan = planSend(await resolveSendHosts(options))
  const counters = createSendCounters(
    plan.endpoints.length,
    plan.counters,
    plan.retransmission !== null,
  )
  let retransmission: StoredRetransmission | undefined
  try {
    retransmission = await startRetransmission(plan, counters.counters)
    return await Transmission.start({
      endpoints: plan.endpoints,
      cpu: plan.cpu,
      transport: plan.transport,
      source: { kind: 'market', plan, store: retransmission?.store },
      counters,
      retransmission: retransmission?.server,
      // A session lingers by itself: its end is repeated.
      lingerMs: plan.session === null ? plan.lingerMs : 0,
      signal: options.signal,
      onWarning: options.onWarning,
    })
  } catch (error) {
    await retransmission?.server.stop()
    closeCounters(counters.counters)
    throw error
  }
}
