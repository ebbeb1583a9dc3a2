import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Feed, receive } from '../../src/index.js'
import { eventBytes, Viewers } from '../../src/observe/dashboard/viewers.js'
import { serveMetrics } from '../../src/observe/index.js'
import { writeSample } from '../../src/sample/write-sample.js'
import { SHARED } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { noBrowser, openPage } from './browser.js'
import { openSocket, rawDatagram } from './datagrams.js'
import { temporaryFolder } from './handler-modules.js'
import { ask } from './scrape.js'

const ANY = 'udp://127.0.0.1:0'
const VIEWERS = 200

interface Served {
  readonly feed: Feed
  readonly url: string
  /** Sends messages from this sequence on. */
  send(firstSequence: number, count: number): Promise<void>
  close(): Promise<void>
}

/** A feed with a dashboard, both ended with the test. */
async function serve(t: TestContext, port = 0): Promise<Served> {
  const feed = await receive({ ...SHARED, endpoints: ANY, handler: null, name: 'test-feed' })
  t.after(() => feed.stop().catch(() => {}))
  const server = await serveMetrics(feed, `http://127.0.0.1:${port}`)
  t.after(() => server.close())
  const socket = await openSocket(t)
  const to = Number(new URL(feed.endpoints[0] ?? '').port)
  return {
    feed,
    url: server.url,
    send: (first, count) => socket.send(rawDatagram(first, count), to),
    close: async () => {
      await feed.stop()
      await server.close()
    },
  }
}

const textOf = async (page: Page, selector: string) => (await page.textContent(selector)) ?? ''

/** The number in the ledger's row of this name. */
async function ledgerOf(page: Page, name: string): Promise<string> {
  const row = page.locator('#ledger tr', { has: page.locator(`th:text-is("${name}")`) })
  return (await row.locator('td').first().textContent()) ?? ''
}

test('The dashboard shows what comes, and a loss at its place', { skip: noBrowser }, async (t) => {
  const { url, send } = await serve(t)
  const { page, problems, hosts } = await openPage(t)
  await page.goto(url)
  await until('it is live', async () => (await textOf(page, '#status')) === 'Live')
  assert.match(await page.title(), /^test-feed/)
  await send(0, 10)
  await until('messages are shown', async () => (await ledgerOf(page, 'Delivered')) === '10')
  assert.equal(await ledgerOf(page, 'Expected'), '10')
  const injectedMs = performance.now()
  await send(15, 5)
  await until('the loss is shown', async () => (await ledgerOf(page, 'network')) === '5')
  t.diagnostic(`a loss was shown ${Math.round(performance.now() - injectedMs)} ms after it`)
  assert.equal(await ledgerOf(page, 'Lost'), '5')
  assert.equal(await ledgerOf(page, 'kernel'), '0')
  assert.equal(await ledgerOf(page, 'Expected'), '20')
  assert.match(
    await textOf(page, '#events li[data-kind=loss]'),
    /5 messages lost: network on line A, sequences 10 to 14/,
  )
  // The plot of losses has it too, in the column of its cause.
  await page.click('#plot-loss summary')
  const heads = await page.locator('#plot-loss thead th').allTextContents()
  const column = heads.indexOf('network')
  await until('the table behind the plot has it', async () => {
    const cells = await page.locator(`#plot-loss tbody td:nth-of-type(${column})`).allTextContents()
    return cells.some((cell) => cell !== '–' && cell !== '0/s')
  })
  const label = await page.getAttribute('#plot-rate .canvas', 'aria-label')
  assert.match(label ?? '', /^Messages per second\. Now: expected .*, delivered /)
  assert.ok((await page.locator('canvas').count()) >= 6)
  assert.deepEqual(problems, [])
  assert.deepEqual([...hosts], [new URL(url).host])
})

test('The dashboard is used by keyboard alone', { skip: noBrowser }, async (t) => {
  const { url, send } = await serve(t)
  const { page, problems } = await openPage(t)
  await page.goto(url)
  await send(0, 1)
  await until('there are plots', async () => (await page.locator('canvas').count()) >= 6)
  const reached = new Set<string>()
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab')
    reached.add(
      await page.evaluate(
        'document.activeElement.id || document.activeElement.closest("figure, main, footer, body").id + " " + document.activeElement.className + document.activeElement.localName',
      ),
    )
  }
  for (const wanted of [
    'pause',
    'span',
    'theme',
    'plot-rate canvasdiv',
    'plot-rate summary',
    'plot-heat canvasdiv',
  ]) {
    assert.ok(reached.has(wanted), `${wanted} among ${[...reached].join(', ')}`)
  }
  await page.focus('#plot-loss .canvas')
  await page.keyboard.press('Space')
  await until('it pauses', async () => (await textOf(page, '#status')) === 'Paused')
  const delivered = await ledgerOf(page, 'Delivered')
  await send(1, 7)
  await page.keyboard.press('+')
  assert.equal(await page.isVisible('#reset'), true)
  await page.keyboard.press('ArrowLeft')
  assert.equal(await ledgerOf(page, 'Delivered'), delivered)
  await page.keyboard.press('0')
  assert.equal(await page.isVisible('#reset'), false)
  await page.keyboard.press('Space')
  await until('it goes on', async () => (await ledgerOf(page, 'Delivered')) === '8')
  await page.focus('#plot-rate summary')
  await page.keyboard.press('Enter')
  await until('a table opens', async () => (await page.locator('#plot-rate tbody tr').count()) > 0)
  await page.focus('#theme')
  await page.keyboard.press('Enter')
  assert.equal(await page.getAttribute('html', 'data-theme'), 'light')
  for (const width of [360, 2560]) {
    await page.setViewportSize({ width, height: 900 })
    await until(`${width} px are enough`, () =>
      page.evaluate<boolean>('document.scrollingElement.scrollWidth <= innerWidth'),
    )
  }
  assert.deepEqual(problems, [])
})

test('The dashboard says that it is not connected, and finds a receiver that is started anew', {
  skip: noBrowser,
}, async (t) => {
  const first = await serve(t)
  const { page } = await openPage(t)
  await page.goto(first.url)
  await first.send(0, 3)
  await until('it is live', async () => (await ledgerOf(page, 'Delivered').catch(() => '')) === '3')
  await first.close()
  await until('it says so', async () =>
    /^(Not connected|The run has ended)/.test(await textOf(page, '#status')),
  )
  const second = await serve(t, Number(new URL(first.url).port))
  await second.send(100, 1)
  await until('it is live again', async () => (await textOf(page, '#status')) === 'Live')
  await until('it counts anew', async () => (await ledgerOf(page, 'Delivered')) === '1')
  assert.match(await textOf(page, '#events li[data-kind=restart]'), /Another run|has ended/)
})

test('The dashboard shows the top of the book that is chosen, and says if it is suspect', {
  skip: noBrowser,
}, async (t) => {
  const file = join(temporaryFolder(t), 'day.pcap')
  await writeSample({
    kind: 'itch50',
    file,
    ...{ messages: 3000, instruments: 4, seed: 3, loss: 0.02, line: 'a', overwrite: false },
  })
  const feed = await receive({
    endpoints: `file:${file}`,
    framing: 'moldudp64',
    protocol: 'itch50',
    handler: null,
    publishTop: ['TWA', 'TWC'],
  })
  const server = await serveMetrics(feed, 'http://127.0.0.1:0')
  t.after(() => server.close())
  await feed.finished
  const { page, problems } = await openPage(t)
  await page.goto(server.url)
  await until('there is a book', () => page.isVisible('#book-panel'))
  for (const symbol of ['TWA', 'TWC']) {
    await page.selectOption('#instrument', symbol)
    const top = feed.top(symbol)
    assert.ok(top !== undefined)
    const row = (name: string) =>
      page
        .locator('#book tr', { has: page.locator(`th:text-is("${name}")`) })
        .locator('td')
        .allTextContents()
    const price = (value: number | null) => (value === null ? '–' : String(value))
    await until('it is the chosen one', async () => (await row('Bid'))[0] === price(top.bidPrice))
    assert.equal((await row('Ask'))[0], price(top.askPrice))
    const words = top.suspect === null ? top.state : `suspect since ${top.suspect.sinceSequence}`
    assert.ok((await row('State'))[0]?.startsWith(words), `${words}: ${await row('State')}`)
  }
  const tile = page.locator('.tile', { hasText: 'Suspect books' })
  const { books } = feed.stats()
  assert.equal(await tile.locator('.value').textContent(), String(books?.suspect))
  assert.deepEqual(problems, [])
})

/** Opens a stream of events. */
async function view(t: TestContext, url: string): Promise<IncomingMessage> {
  const asked = get(`${url}/events`, { agent: false })
  t.after(() => asked.destroy())
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  return response
}

test(`${VIEWERS} viewers see the same, whether all of them read or not`, async (t) => {
  const { feed, url, send } = await serve(t)
  const viewers = await Promise.all(Array.from({ length: VIEWERS }, () => view(t, url)))
  // Every other one takes nothing.
  const reading = viewers.filter((_, i) => i % 2 === 0)
  const seen = reading.map(() => '')
  reading.forEach((response, i) => {
    response.setEncoding('utf8').on('data', (text: string) => {
      seen[i] += text
    })
  })
  await send(0, 50)
  await send(60, 50)
  await until('all of them see it', () =>
    seen.every((text) => text.includes('"delivered":100') && text.includes('"network":10')),
  )
  assert.equal(feed.stats().delivered, 100)
  for (const text of seen) assert.match(text, /^event: run\ndata: \{"card":\{"command":"receive"/)
  assert.equal((await ask(`${url}/healthz`)).status, 200)
  const last = seen[0]?.trim().split('\n\n').at(-1) ?? ''
  const sample = JSON.parse(last.slice(last.indexOf('data: ') + 6)) as {
    ledger: { expected: number }
  }
  assert.equal(sample.ledger.expected, 110)
})

test('A viewer that takes nothing is left behind and sent away, and others are not', async (t) => {
  const viewers = new Viewers(300)
  const server = createServer((_, response) => viewers.add(response, eventBytes('run', '{}')))
  t.after(() => server.close().closeAllConnections())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stuck = await view(t, url)
  const reader = await view(t, url)
  stuck.pause()
  let read = 0
  reader.on('data', (bytes: Buffer) => {
    read += bytes.length
  })
  const event = eventBytes('sample', JSON.stringify('x'.repeat(200_000)))
  let sent = 0
  await until('it is sent away', () => {
    viewers.send(event)
    sent++
    return viewers.count === 1
  })
  await until('the other one got all', () => read >= sent * event.length)
})

test('What the page consists of is answered with its type and a tag, and nothing else is', async (t) => {
  const { url } = await serve(t)
  const page = await ask(`${url}/`)
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  const files = [...page.body.matchAll(/(?:src|href)="(\/\w+\.\w+)"/g)].map(([, path]) => path)
  assert.ok(files.length >= 4)
  for (const path of [...files, '/uplot.js']) {
    const { status, headers } = await ask(`${url}${path}`)
    assert.equal(status, 200, path)
    const again = await ask(`${url}${path}`, { 'If-None-Match': String(headers.etag) })
    assert.equal(again.status, 304)
  }
  for (const path of ['/uplot.LICENSE.txt', '/..%2findex.js', '/page/main.js', '/main.js/']) {
    assert.equal((await ask(`${url}${path}`)).status, 404, path)
  }
})
