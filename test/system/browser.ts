import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'

const PROGRAM = process.env['CHROMIUM'] ?? 'chromium'

/** Where Chromium is; undefined: nowhere. */
function findChromium(): string | undefined {
  const { stdout, status } = spawnSync('sh', ['-c', 'command -v "$0"', PROGRAM], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}

const executablePath = findChromium()

/** False where there is a browser; else why a test is skipped. */
export const noBrowser: string | false =
  executablePath === undefined ? `${PROGRAM} is missing (Debian package chromium)` : false

/** A page of a browser without a window, ended with the test, and all that went wrong on it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors of the console, exceptions, broken rules of the content security policy. */
  readonly problems: string[]
  /** Hosts that something was asked of. */
  readonly hosts: Set<string>
}

export async function openPage(t: TestContext, width = 1280, height = 900): Promise<WatchedPage> {
  assert.ok(executablePath !== undefined)
  // In a container the sandbox cannot be made, and what it opens is our own page.
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: 'dark' })
  const problems: string[] = []
  const hosts = new Set<string>()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  await page.addInitScript(
    "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))",
  )
  return { page, problems, hosts }
}
