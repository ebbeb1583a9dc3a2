import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { Agent, get, type IncomingHttpHeaders, request } from 'node:http'
import type { TestContext } from 'node:test'

/** An answer over HTTP. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Asks with any method and headers, `Host` too, which fetch does not allow. */
export async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
      })
      response.on('error', reject)
    })
    asked.on('error', reject).end()
  })
}

/** Series and their values, of the text format. */
export type Scrape = ReadonlyMap<string, number>

export function parseMetrics(text: string): Scrape {
  const series = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const at = line.lastIndexOf(' ')
    assert.ok(!series.has(line.slice(0, at)), `one series once: ${line}`)
    series.set(line.slice(0, at), Number(line.slice(at + 1)))
  }
  return series
}

/** The value of the one series of a family that has these labels. */
export function seriesValue(
  scrape: Scrape,
  family: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  const found = [...scrape.keys()].filter(
    (series) => series.split('{')[0] === family && wanted.every((label) => series.includes(label)),
  )
  assert.ok(found.length <= 1, `${family} has ${found.length} such series`)
  return found[0] === undefined ? undefined : scrape.get(found[0])
}

/** What scraping again and again has seen. */
export interface Scrapes {
  readonly count: number
  readonly last: Scrape
  readonly lastText: string
  /** Counters and buckets that told less than before. */
  readonly fallen: readonly string[]
}

/** Scrapes every few milliseconds, over one connection, until nobody answers any more. */
export async function scrapeToTheEnd(
  t: TestContext,
  url: string,
  everyMs: number,
): Promise<Scrapes> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  let count = 0
  let lastText = ''
  let last: Scrape = new Map()
  const fallen: string[] = []
  for (;;) {
    const text = await once(url, agent)
    if (text === undefined) return { count, last, lastText, fallen }
    const next = parseMetrics(text)
    for (const [series, value] of last) {
      const cumulative = /_total(\{|$)|_bucket\{|_count(\{|$)|_sum(\{|$)/.test(series)
      const now = next.get(series)
      if (cumulative && (now === undefined || now < value))
        fallen.push(`${series}: ${value}, ${now}`)
    }
    count++
    last = next
    lastText = text
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

function once(url: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get(url, { agent }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve(body))
      response.on('error', () => resolve(undefined))
    })
    asked.on('error', () => resolve(undefined))
  })
}

/** What promtool has to say against a text; nothing if it is as it should be. */
export function promtoolComplaints(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  const said = `${stdout}${stderr}`.trim()
  return status === 0 ? said : `exit code ${status}: ${said}`
}
