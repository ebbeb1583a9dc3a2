import { writeSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import { fit } from '../live-display.js'

/** Ten drawings a second at most: more only costs. */
const DRAW_INTERVAL_MS = 100
const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const CONTROL_C = '\u0003'
const CONTROL_Z = '\u001a'
/** Exit code of a process that SIGHUP ended. */
const HANGUP = 129

export interface ScreenSource {
  /** What stands on the screen; lines may hold colours but no other escape codes. */
  lines(columns: number, rows: number): readonly string[]
  /** A key was pressed: a character, or the escape sequence of an arrow. */
  onKey(key: string): void
  /** Control-C: whoever shows the screen ends. */
  onInterrupt(): void
}

/**
 * The whole terminal, on its alternate screen, which is left again however the process ends: in order, by
 * an error, or by a signal that can be caught. Lines that have not changed are not written again.
 *
 * One at a time, for the main thread.
 */
export class Screen {
  readonly #output: typeof process.stdout
  readonly #input: ReadStream | undefined
  readonly #source: ScreenSource
  #drawn: readonly string[] = []
  #drawnMs = Number.NEGATIVE_INFINITY
  #later: NodeJS.Timeout | undefined
  #open = false

  /** @param input undefined: nobody can press a key */
  constructor(output: typeof process.stdout, input: ReadStream | undefined, source: ScreenSource) {
    this.#output = output
    this.#input = input
    this.#source = source
    this.#enter()
    process.on('exit', this.#leave)
    process.on('SIGHUP', this.#onHangup)
    process.on('SIGCONT', this.#onContinue)
    output.on('resize', this.#onResize)
    input?.on('data', this.#onData)
  }

  /** Draws now, or as soon as ten drawings a second allow it. */
  draw(): void {
    if (!this.#open || this.#later !== undefined) return
    const waitMs = this.#drawnMs + DRAW_INTERVAL_MS - performance.now()
    if (waitMs <= 0) this.#drawNow()
    else this.#later = setTimeout(() => this.#drawNow(), waitMs)
  }

  /** Leaves the alternate screen; the terminal is as it was. */
  close(): void {
    this.#leave()
    process.off('exit', this.#leave)
    process.off('SIGHUP', this.#onHangup)
    process.off('SIGCONT', this.#onContinue)
    this.#output.off('resize', this.#onResize)
    this.#input?.off('data', this.#onData)
    this.#input?.pause()
  }

  #drawNow(): void {
    clearTimeout(this.#later)
    this.#later = undefined
    this.#drawnMs = performance.now()
    const columns = this.#output.columns || DEFAULT_COLUMNS
    const rows = this.#output.rows || DEFAULT_ROWS
    const lines = this.#source
      .lines(columns, rows)
      .slice(0, rows)
      .map((line) => fit(line, columns))
    let text = ''
    for (let row = 0; row < Math.max(lines.length, this.#drawn.length); row++) {
      const line = lines[row] ?? ''
      if (line !== this.#drawn[row]) text += `\u001b[${row + 1};1H${line}\u001b[0m\u001b[K`
    }
    this.#drawn = lines
    if (text !== '') this.#output.write(text)
  }

  #enter(): void {
    this.#open = true
    this.#drawn = []
    this.#input?.setRawMode(true)
    this.#input?.resume()
    this.#output.write(ENTER)
  }

  /** Synchronous: it is the last thing that a process does. */
  readonly #leave = (): void => {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#later)
    this.#later = undefined
    try {
      writeSync(this.#output.fd, LEAVE)
      this.#input?.setRawMode(false)
    } catch {
      // The terminal is gone.
    }
  }

  readonly #onHangup = (): void => {
    this.#leave()
    process.exit(HANGUP)
  }

  readonly #onContinue = (): void => {
    if (!this.#open) this.#enter()
    this.#drawn = []
    this.draw()
  }

  readonly #onResize = (): void => {
    this.#output.write('\u001b[2J')
    this.#drawn = []
    this.draw()
  }

  readonly #onData = (bytes: Buffer): void => {
    for (const key of keysOf(bytes.toString('utf8'))) {
      if (key === CONTROL_C) this.#source.onInterrupt()
      else if (key === CONTROL_Z) this.#suspend()
      else this.#source.onKey(key)
    }
  }

  #suspend(): void {
    this.#leave()
    process.kill(process.pid, 'SIGTSTP')
  }
}

/** Keys in what a terminal sent: characters, and escape sequences as a whole. */
function keysOf(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with one.
  return text.match(/\u001b\[[0-9;]*[A-Za-z~]|[\s\S]/gu) ?? []
}
