import type { HandlerThread } from '../run/options/receive-options.js'
import { parseFeedUrl } from '../transport/feed-url.js'
import type { BridgeOptions } from './bridge-options.js'

/** The publisher, and the thread that handles if it is not one that receives. */
const OTHER_THREADS = 2

/**
 * Where a bridge handles messages if nobody says it. With fewer cores than threads, and a broker beside them,
 * a message that is handed over waits twice for a core, and the socket's buffer overflows meanwhile: then one
 * thread receives and copies into the backlog. Copying waits for nobody, so the receive path stays as it is.
 *
 * @param urls of the feed's lines
 * @param cores that this process may use
 * @param sockets whether there are sockets of our own on this platform
 */
export function handlingThread(
  urls: readonly string[],
  options: Pick<BridgeOptions, 'handlerThread' | 'handlerCpu' | 'transport'>,
  cores: number,
  sockets: boolean,
): HandlerThread {
  const { handlerThread, handlerCpu, transport = 'auto' } = options
  if (handlerThread !== undefined) return handlerThread
  const live = urls.every((url) => parseFeedUrl(url).kind === 'udp')
  const socket = sockets && (transport === 'auto' || transport === 'socket')
  const free = typeof handlerCpu !== 'number'
  return live && socket && free && cores < urls.length + OTHER_THREADS ? 'inline' : 'own'
}
