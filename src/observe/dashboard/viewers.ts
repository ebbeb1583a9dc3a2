import type { ServerResponse } from 'node:http'

/** What may wait for a viewer in this process before samples are left out for it. */
const MAX_WAITING_BYTES = 256 * 1024
const STUCK_MS = 10_000
/** Viewers at once. */
const MAX_VIEWERS = 256

interface Viewer {
  readonly response: ServerResponse
  /** When it last had nothing, or less than before, waiting. */
  movedMs: number
  waitingBytes: number
}

/**
 * Streams of server-sent events (HTML, 9.2). What a viewer does not take is left out for it: each sample
 * stands for itself.
 */
export class Viewers {
  readonly #viewers = new Set<Viewer>()
  readonly #stuckMs: number

  /** @param stuckMs one that takes nothing for so long is sent away; its page connects again */
  constructor(stuckMs = STUCK_MS) {
    this.#stuckMs = stuckMs
  }

  get count(): number {
    return this.#viewers.size
  }

  /**
   * Adds a viewer, and sends what it begins with.
   *
   * @returns false if there are too many
   */
  add(response: ServerResponse, beginning: Buffer): boolean {
    if (this.#viewers.size >= MAX_VIEWERS) return false
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      Connection: 'close',
    })
    // It is quiet by nature; `send` looks after those that take nothing.
    response.setTimeout(0)
    const viewer = { response, movedMs: performance.now(), waitingBytes: 0 }
    this.#viewers.add(viewer)
    response.on('close', () => this.#viewers.delete(viewer))
    response.on('error', () => this.#viewers.delete(viewer))
    response.write(beginning)
    return true
  }

  /** Sends the same bytes to all that have room for them. */
  send(event: Buffer): void {
    const nowMs = performance.now()
    for (const viewer of this.#viewers) {
      const { response } = viewer
      const waiting = response.writableLength
      if (waiting === 0 || waiting < viewer.waitingBytes) viewer.movedMs = nowMs
      viewer.waitingBytes = waiting
      if (nowMs - viewer.movedMs > this.#stuckMs) response.destroy()
      else if (waiting < MAX_WAITING_BYTES) response.write(event)
    }
  }
}

/** An event whose data is one line. */
export function eventBytes(name: string, json: string): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${json}\n\n`)
}
