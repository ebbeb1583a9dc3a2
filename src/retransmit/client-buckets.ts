import { TokenBucket } from './token-bucket.js'

/**
 * A bucket for each of the clients that asked last. There are never more than `maxClients`: whoever
 * sends from made-up addresses takes the places of the longest silent ones, and no memory. A client
 * that lost its place begins again with a full bucket, which is why there has to be a limit over all
 * clients as well.
 */
export class ClientBuckets {
  readonly #ratePerSecond: number
  readonly #burst: number
  readonly #maxClients: number
  /** In the order in which they asked last; a Map keeps the order of insertion. */
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(ratePerSecond: number, burst: number, maxClients: number) {
    this.#ratePerSecond = ratePerSecond
    this.#burst = burst
    this.#maxClients = maxClients
  }

  get size(): number {
    return this.#buckets.size
  }

  /** The bucket of a client, which becomes the one that asked last. */
  of(client: string): TokenBucket {
    const known = this.#buckets.get(client)
    if (known !== undefined) this.#buckets.delete(client)
    else if (this.#buckets.size >= this.#maxClients) this.#forgetOldest()
    const bucket = known ?? new TokenBucket(this.#ratePerSecond, this.#burst)
    this.#buckets.set(client, bucket)
    return bucket
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest)
      return
    }
  }
}
