import type { ServerResponse } from 'node:http'
import type { ReceiveFacts } from '../../run/feed/receive-report.js'
import type { RunCounters } from '../../run/memory/run-counters.js'
import type { SendFacts } from '../../run/transmission/send-report.js'
import { answerText, type Route } from '../metrics/http-server.js'
import { FeedSampler } from './feed-sampler.js'
import { HEAT_ROWS_NS } from './interval.js'
import { pageFiles } from './page-files.js'
import type { RunCard, Sample } from './sample.js'
import { SendSampler } from './send-sampler.js'
import { eventBytes, Viewers } from './viewers.js'

/** Often enough to see a loss at once, seldom enough to cost nothing. */
const EVERY_MS = 500
/** What a page that is opened later sees: the last five minutes. */
const KEPT_SAMPLES = 600

/**
 * The dashboard of a run: samples its counters twice a second, whether somebody looks or not, and sends
 * them to all who do.
 */
export class Dashboard {
  readonly #sampler: FeedSampler | SendSampler
  readonly #card: string
  readonly #viewers = new Viewers()
  readonly #kept: string[] = []
  readonly #timer: NodeJS.Timeout
  #beginning: Buffer | undefined
  #ended = false

  /** @param run tells this run from others */
  constructor(counters: RunCounters, facts: ReceiveFacts | SendFacts, run: string) {
    this.#sampler =
      facts.command === 'receive'
        ? new FeedSampler(counters, facts)
        : new SendSampler(counters, facts)
    const card: RunCard = {
      ...this.#sampler.card,
      ...{ run, heatRowsNs: HEAT_ROWS_NS, everyMs: EVERY_MS },
    }
    this.#card = JSON.stringify(card)
    this.#sample()
    this.#timer = setInterval(() => this.#sample(), EVERY_MS)
  }

  /** The page's files, and its events. */
  routes(): [string, Route][] {
    const files = pageFiles().map(([path, { body, type, tag }]): [string, Route] => [
      path,
      (request, response) => {
        response.setHeader('Cache-Control', 'no-cache')
        response.setHeader('ETag', tag)
        if (request.headers['if-none-match'] === tag) response.writeHead(304).end()
        else answerText(response, 200, body, type)
      },
    ])
    return [
      ...files,
      [
        '/events',
        (request, response) => {
          if (request.method === 'HEAD') answerText(response, 200, '', 'text/event-stream')
          else this.#welcome(response)
        },
      ],
    ]
  }

  /** The run is over: viewers see its last figures, and nothing more. */
  end(): void {
    this.#ended = true
    clearInterval(this.#timer)
    this.#sample()
  }

  /** Takes no more samples. */
  close(): void {
    clearInterval(this.#timer)
  }

  #welcome(response: ServerResponse): void {
    this.#beginning ??= eventBytes('run', `{"card":${this.#card},"samples":[${this.#kept}]}`)
    if (this.#viewers.add(response, this.#beginning)) return
    response.setHeader('Retry-After', '10')
    answerText(response, 503, 'Too many look on.\n')
  }

  #sample(): void {
    const state = this.#ended ? 'ended' : this.#sampler.stale ? 'stale' : 'ok'
    const sample: Sample = { at: Date.now(), state, ...this.#sampler.read() }
    const json = JSON.stringify(sample)
    this.#kept.push(json)
    if (this.#kept.length > KEPT_SAMPLES) this.#kept.shift()
    this.#beginning = undefined
    if (this.#viewers.count > 0) this.#viewers.send(eventBytes('sample', json))
  }
}
