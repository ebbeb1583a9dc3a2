/**
 * Makes the pictures of the dashboard in docs/images, dark and light, of a real feed with two lines that lose
 * messages and get them back: `node scripts/screenshots.js [folder]`. Needs a build, Chromium and Linux.
 */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { withPalette } from './palette-png.js'

const root = join(import.meta.dirname, '..')
const folder = process.argv[2] ?? join(root, 'docs/images')
const cli = join(root, 'dist/cli/main.js')
const RUN_MS = Number(process.env.TICKWIRE_SCREENSHOT_MS ?? 75_000)
const RATE = 4000
const started = []

/** Starts a command, and waits until it has said what matches. */
async function start(pattern, ...args) {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  started.push(child)
  let said = ''
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
      const match = pattern.exec(said)
      if (match !== null) resolve(match)
    })
    child.on('exit', () => reject(new Error(`${args.join(' ')}: ${said}`)))
  })
}

/** A port that was free a moment ago. */
async function freePort() {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

/** A lossy way to a port: by times it is good, bad for a moment, or silent. */
async function lossyWay(toPort, isLost) {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.on('message', (bytes) => {
    if (!isLost()) socket.send(bytes, toPort, '127.0.0.1')
  })
  return socket
}

async function picture(page, name) {
  writeFileSync(join(folder, name), withPalette(await page.screenshot()))
}

const beganMs = performance.now()
const phase = (everyMs, lastsMs, offsetMs) =>
  (performance.now() - beganMs + offsetMs) % everyMs < lastsMs
/** The port of the retransmission server, and the lossy one at which it is asked. */
const requests = await freePort()
const asked = createSocket('udp4')
asked.bind(0, '127.0.0.1')
await once(asked, 'listening')
let askerPort = 0
asked.on('message', (bytes, from) => {
  if (from.port === requests) asked.send(bytes, askerPort, '127.0.0.1')
  else {
    askerPort = from.port
    if (!outage()) asked.send(bytes, requests, '127.0.0.1')
  }
})
const any = 'udp://127.0.0.1:0'
const [, ports, url] = await start(
  /metrics on (http:\S+)\/metrics[\s\S]*?receiving \S+ on (.*) \(/,
  ...[
    'receive',
    any,
    any,
    '--framing',
    'moldudp64',
    '--recover',
    `udp://127.0.0.1:${asked.address().port}`,
  ],
  ...['--recover-wait-ms', '40', '--name', 'nasdaq-demo', '--no-pin', '--json'],
  ...['--metrics', 'http://127.0.0.1:0'],
).then(([all, address, lines]) => [
  all,
  [...lines.matchAll(/:(\d+)/g)].map(([, port]) => Number(port)),
  address,
])
/** Now and then all that could bring a message fails at once. */
const outage = () => phase(23_000, 350, 8000)
const ways = await Promise.all([
  lossyWay(ports[0], () => (phase(9000, 500, 0) || outage()) && Math.random() < 0.4),
  lossyWay(ports[1], () => phase(14_000, 900, 3000) || outage() || Math.random() < 0.002),
])
const both = ways.map((way) => `udp://127.0.0.1:${way.address().port}`)
start(
  /never/,
  ...['send', ...both, '--framing', 'moldudp64', '--retransmit', `udp://127.0.0.1:${requests}`],
  ...[
    '--count',
    String(Math.ceil((RATE * RUN_MS) / 1000) * 2),
    '--rate',
    String(RATE),
    '--burst',
    '8',
  ],
  ...['--no-pin', '--json'],
).catch(() => {})

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
try {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'dark',
  })
  page.on('console', (message) => console.error(message.type(), message.text()))
  page.on('pageerror', (error) => console.error(error))
  await page.goto(`${url}/`)
  await sleep(RUN_MS)
  await page.selectOption('#span', '60')
  await picture(page, 'dashboard-dark.png')
  await page.click('#theme')
  await sleep(800)
  await picture(page, 'dashboard-light.png')
  if (process.env.TICKWIRE_SCREENSHOT_ALL !== undefined) {
    await page.screenshot({ path: join(folder, 'dashboard-full.png'), fullPage: true })
    for (const width of [360, 2560]) {
      await page.setViewportSize({ width, height: 1400 })
      await sleep(1200)
      await page.screenshot({
        path: join(folder, `dashboard-${width}.png`),
        fullPage: width === 360,
      })
    }
  }
} finally {
  await browser.close()
  asked.close()
  for (const way of ways) way.close()
  for (const child of started) child.kill('SIGTERM')
}
