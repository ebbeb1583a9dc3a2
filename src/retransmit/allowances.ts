import { NS_PER_SECOND } from '../foundation/units.js'
import { TokenBucket } from './token-bucket.js'

/** Below this part of its burst the total is scarce, and each client is held to its fair share. */
const SCARCE_BELOW = 0.5
/** What a client may have drawn beyond its fair share while the total is scarce, as time at that share. */
const FAIR_SLACK_SECONDS = 0.1

export interface AllowanceLimits {
  /** To one client, in the long run and at once; UDP payload. */
  readonly clientBytesPerSecond: number
  readonly clientBurstBytes: number
  /** To all clients together, in the long run and at once; UDP payload. */
  readonly totalBytesPerSecond: number
  readonly totalBurstBytes: number
  /** Clients that are told from each other; beyond them, the longest silent one is forgotten. */
  readonly maxClients: number
}

/** What one client may draw, and what it has drawn. */
interface Client {
  readonly bucket: TokenBucket
  /** Bytes drawn that a fair share has not paid back yet, as of `paidNs`. */
  overdrawn: number
  paidNs: number
}

/**
 * How many bytes of responses each client may draw, and all of them together.
 *
 * - Each client has a bucket of its own, far below the total's.
 * - While the total's bucket is less than half full, it is shared out: a client that has drawn more than
 *   `total rate / clients at work` lately gets nothing, so one that draws little always finds something.
 * - A client is forgotten as soon as its bucket would be full again, which changes nothing for it. There
 *   are never more than `maxClients`: whoever sends from made-up addresses takes the places of the longest
 *   silent ones, and no memory.
 *
 * One thread. It has no clock: the caller brings the time, which counts as standing still if it goes back.
 */
export class Allowances {
  readonly #limits: AllowanceLimits
  readonly #total: TokenBucket
  /** In the order in which they asked last; a Map keeps the order of insertion. */
  readonly #clients = new Map<string, Client>()
  /** Silence after which a client's bucket is full, and its debt paid, whatever it had drawn. */
  readonly #forgetNs: number
  #nowNs = 0
  #client: Client

  constructor(limits: AllowanceLimits) {
    this.#limits = limits
    this.#total = new TokenBucket(limits.totalBytesPerSecond, limits.totalBurstBytes)
    this.#forgetNs = (limits.clientBurstBytes / limits.clientBytesPerSecond) * NS_PER_SECOND
    this.#client = this.#newClient()
  }

  /** Clients that have drawn something lately. */
  get clients(): number {
    return this.#clients.size
  }

  /**
   * Turns to a client, which becomes the one that asked last.
   *
   * @param bytes the client wants to draw at least
   * @returns why it may not: it has had its share, or all together have had theirs; null: it may
   */
  open(client: string, bytes: number, nowNs: number): 'clientRate' | 'totalRate' | null {
    if (nowNs > this.#nowNs) this.#nowNs = nowNs
    const known = this.#takeOut(client)
    this.#forgetSilent()
    this.#client = known ?? this.#newClient()
    this.#clients.set(client, this.#client)
    this.#client.bucket.refill(this.#nowNs)
    this.#total.refill(this.#nowNs)
    this.#payBack()
    if (this.#client.bucket.tokens < bytes) return 'clientRate'
    return this.#totalHas(bytes) ? null : 'totalRate'
  }

  /** Whether the client of the last `open` may draw so many bytes more. */
  allows(bytes: number): boolean {
    return this.#client.bucket.tokens >= bytes && this.#totalHas(bytes)
  }

  /** Notes that the client of the last `open` has drawn so many bytes. */
  take(bytes: number): void {
    this.#client.bucket.take(bytes)
    this.#client.overdrawn += bytes
    this.#total.take(bytes)
  }

  #totalHas(bytes: number): boolean {
    const { tokens } = this.#total
    if (tokens < bytes) return false
    if (tokens >= this.#limits.totalBurstBytes * SCARCE_BELOW) return true
    const slack = this.#fairBytesPerSecond() * FAIR_SLACK_SECONDS
    return this.#client.overdrawn === 0 || this.#client.overdrawn + bytes <= slack
  }

  /** What each client at work may draw if all draw as much as they can. */
  #fairBytesPerSecond(): number {
    return this.#limits.totalBytesPerSecond / Math.max(1, this.#clients.size)
  }

  #payBack(): void {
    const client = this.#client
    const paid = ((this.#nowNs - client.paidNs) / NS_PER_SECOND) * this.#fairBytesPerSecond()
    client.overdrawn = Math.max(0, client.overdrawn - paid)
    client.paidNs = this.#nowNs
  }

  #newClient(): Client {
    const { clientBytesPerSecond, clientBurstBytes } = this.#limits
    const bucket = new TokenBucket(clientBytesPerSecond, clientBurstBytes)
    return { bucket, overdrawn: 0, paidNs: this.#nowNs }
  }

  #takeOut(name: string): Client | undefined {
    const client = this.#clients.get(name)
    if (client !== undefined) this.#clients.delete(name)
    return client
  }

  /** The map begins with the longest silent client. */
  #forgetSilent(): void {
    for (const [name, client] of this.#clients) {
      const silent = this.#nowNs - client.paidNs >= this.#forgetNs
      if (!silent && this.#clients.size < this.#limits.maxClients) return
      this.#clients.delete(name)
      if (!silent) return
    }
  }
}
