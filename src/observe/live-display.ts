import type { WriteStream } from 'node:tty'

/** Ten drawings a second at most: more only costs. */
const DRAW_INTERVAL_MS = 100
/** Without a terminal: one plain line this often. */
const LINE_INTERVAL_MS = 1000
/** For a terminal that does not know its width, or says that it is 0: `script`, some consoles. */
const DEFAULT_COLUMNS = 80
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_LINE = '\u001b[2K'

/** What is drawn: several lines on a terminal, one elsewhere. */
export interface LiveView {
  /** The block for a terminal; lines may hold colours but no other escape codes. */
  lines(): readonly string[]
  /** The same in one plain line. */
  line(): string
}

/**
 * Shows a running thing: redrawn in place on a terminal, a plain line each second elsewhere. Draws from
 * a timer of the event loop; never from a hot thread.
 */
export class LiveDisplay {
  readonly #stream: NodeJS.WriteStream | WriteStream
  readonly #source: LiveView
  readonly #timer: NodeJS.Timeout
  /** What stands on the terminal, cut to its width; none: nothing does. */
  #drawn: readonly string[] = []
  #width = 0

  constructor(stream: NodeJS.WriteStream | WriteStream, source: LiveView) {
    this.#stream = stream
    this.#source = source
    if (stream.isTTY) stream.write(HIDE_CURSOR)
    this.#timer = setInterval(
      () => this.#draw(),
      stream.isTTY ? DRAW_INTERVAL_MS : LINE_INTERVAL_MS,
    )
  }

  /** Lets something else write to the terminal, which then stands above the block. */
  yieldTo(write: () => void): void {
    if (this.#stream.isTTY) this.#stream.write(this.#erase())
    this.#drawn = []
    write()
  }

  /** Ends the display and removes the block, so that a report can take its place. */
  stop(): void {
    clearInterval(this.#timer)
    if (!this.#stream.isTTY) return
    this.#stream.write(this.#erase() + SHOW_CURSOR)
    this.#drawn = []
  }

  #draw(): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`${this.#source.line()}\n`)
      return
    }
    const width = (this.#stream.columns || DEFAULT_COLUMNS) - 1
    const lines = this.#source.lines().map((line) => fit(line, width))
    const text =
      lines.length === this.#drawn.length && width === this.#width
        ? this.#changed(lines)
        : `${this.#erase()}${lines.join('\n')}\n`
    if (text !== '') this.#stream.write(text)
    this.#drawn = lines
    this.#width = width
  }

  /** Up to each line that has changed, and down again behind the last one. */
  #changed(lines: readonly string[]): string {
    return lines
      .map((line, i) => {
        if (line === this.#drawn[i]) return ''
        const rows = lines.length - i
        return `\r\u001b[${rows}A${CLEAR_LINE}${line}\r\u001b[${rows}B`
      })
      .join('')
  }

  #erase(): string {
    return `\r${`\u001b[1A${CLEAR_LINE}`.repeat(this.#drawn.length)}`
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with one.
const COLOUR_CODE = /\u001b\[\d+m/y

/** Cuts a line with colour codes to a width, so that it never wraps, and ends its colours. */
export function fit(line: string, width: number): string {
  let out = ''
  let shown = 0
  for (let i = 0; i < line.length; ) {
    COLOUR_CODE.lastIndex = i
    const code = COLOUR_CODE.exec(line)
    if (code !== null) {
      out += code[0]
      i += code[0].length
      continue
    }
    if (shown < width) out += line[i]
    shown++
    i++
  }
  return out
}
