import type { TestContext } from 'node:test'
import { type Feed, type ReceiveOptions, type ReceiveReport, receive } from '../../src/index.js'
import { until } from '../kit/until.js'
import type { HandlerModule } from '../system/handler-modules.js'
import { orderHandler, type SeenFeed } from '../system/order-handler.js'

/** A subscriber of a stream whose handler checks that each message comes once and in its place. */
export class TestSubscriber {
  readonly feed: Feed
  readonly #handler: HandlerModule

  private constructor(feed: Feed, handler: HandlerModule) {
    this.feed = feed
    this.#handler = handler
  }

  static async start(
    t: TestContext,
    url: string,
    options: ReceiveOptions = {},
  ): Promise<TestSubscriber> {
    const handler = orderHandler(t)
    const feed = await receive({
      endpoint: url,
      from: 'start',
      handler: handler.file,
      counters: 'off',
      ...options,
    })
    t.after(() => feed.stop().catch(() => {}))
    return new TestSubscriber(feed, handler)
  }

  /** Waits until it has had so many messages, and ends it. */
  async end(
    delivered: number,
    limitMs?: number,
  ): Promise<{ readonly report: ReceiveReport; readonly seen: SeenFeed }> {
    await until(
      `the subscriber has ${delivered} messages`,
      () => this.feed.stats().delivered >= delivered,
      limitMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(this.feed.stats())}`)
    })
    return this.stop()
  }

  async stop(): Promise<{ readonly report: ReceiveReport; readonly seen: SeenFeed }> {
    const report = await this.feed.stop()
    return { report, seen: this.#handler.written<SeenFeed>() }
  }
}
