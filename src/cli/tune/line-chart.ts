import { escapeXml } from '../plot/svg.js'

const LEFT = 84
const RIGHT = 724
const HEAD = 92
const PLOT_HEIGHT = 196
const LEGEND_STEP = 190

/** Values to places between 0 and 1, and the values that are worth a line. */
export class Axis {
  readonly ticks: readonly number[]
  readonly format: (value: number) => string
  readonly place: (value: number) => number

  private constructor(
    ticks: readonly number[],
    format: (value: number) => string,
    place: (value: number) => number,
  ) {
    this.ticks = ticks
    this.format = format
    this.place = place
  }

  /** From 0 to a round number that is not below `most`. */
  static linear(most: number, format: (value: number) => string): Axis {
    const power = 10 ** Math.floor(Math.log10(most > 0 ? most / 4 : 1))
    const step = power * ([1, 2, 2.5, 5, 10].find((one) => one * power * 4 >= most) ?? 10)
    const ticks = [0, 1, 2, 3, 4].map((count) => count * step)
    return new Axis(ticks, format, (value) => value / (4 * step))
  }

  /** Every power of two from `least` to `most`, or every second one if there are many. */
  static powersOfTwo(most: number, format: (value: number) => string, least = 1): Axis {
    const doublings = Math.max(1, Math.log2(most / least))
    const step = doublings > 10 ? 2 : 1
    const ticks = Array.from(
      { length: Math.floor(doublings / step) + 1 },
      (_, i) => least * 2 ** (i * step),
    )
    return new Axis(ticks, format, (value) => Math.log2(value / least) / doublings)
  }

  /** Powers of ten around `least` and `most`. */
  static logarithmic(least: number, most: number, format: (value: number) => string): Axis {
    const from = Math.floor(Math.log10(least))
    const to = Math.max(from + 1, Math.ceil(Math.log10(most)))
    const ticks = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
    return new Axis(ticks, format, (value) => (Math.log10(value) - from) / (to - from))
  }
}

/** A line through points, `[x, y]` ascending in x. */
export interface Series {
  readonly name: string
  readonly className: string
  /** Whether points are marked; `only` and `rings`: and not joined. */
  readonly dots: boolean | 'only' | 'rings'
  readonly points: readonly (readonly [number, number])[]
}

/** A place on the x axis with something to say. */
export interface Mark {
  readonly at: number
  readonly text: string
  /** Value of y at which a circle is drawn. */
  readonly circle?: number
  /** Whether its text stands at the bottom, where the top is taken. */
  readonly low?: boolean
}

export interface Panel {
  readonly title: string
  readonly note: string
  /** What the x axis counts. */
  readonly xName: string
  readonly top: number
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  readonly marks: readonly Mark[]
}

/** Title, legend, grid, lines and marks of one chart. */
export function panel({ title, note, xName, top, x, y, series, marks }: Panel): string {
  const bottom = top + HEAD + PLOT_HEIGHT
  const px = (value: number) => round(LEFT + clamp(x.place(value)) * (RIGHT - LEFT))
  const py = (value: number) => round(bottom - clamp(y.place(value)) * PLOT_HEIGHT)
  const grid = [
    ...y.ticks.map((tick) => horizontal(py(tick), y.format(tick))),
    ...x.ticks.map((tick) => below(px(tick), bottom, x.format(tick))),
  ]
  const line = ({ className, points }: Series) =>
    `<polyline class="${className} line" points="${points.map(([a, b]) => `${px(a)},${py(b)}`).join(' ')}"/>`
  const dots = ({ className, points, dots: kind }: Series) =>
    points.map(
      ([a, b]) =>
        `<circle class="${className} dot" cx="${px(a)}" cy="${py(b)}" r="${radiusOf(kind)}"/>`,
    )
  const joined = series.filter((one) => typeof one.dots === 'boolean')
  const single = series.filter((one) => typeof one.dots === 'string')
  const step = Math.min(LEGEND_STEP, (RIGHT - LEFT) / series.length)
  return [
    `<text class="title" x="16" y="${top + 30}">${escapeXml(title)}</text>`,
    `<text class="note" x="16" y="${top + 49}">${escapeXml(note)}</text>`,
    ...series.map((one, index) => legend(one, LEFT + index * step, top + 74)),
    ...grid,
    `<text class="note" x="${(LEFT + RIGHT) / 2}" y="${bottom + 34}" text-anchor="middle">${escapeXml(xName)}</text>`,
    ...marks.map(({ at }) => verticalMark(px(at), top + HEAD, bottom)),
    ...marks.map((mark, index) => markText(mark, px(mark.at), top + HEAD, index)),
    // The first series is the one that matters: it lies on top, but for single points.
    ...joined.reverse().flatMap((one) => [...(one.dots ? dots(one) : []), line(one)]),
    ...single.flatMap(dots),
    ...marks.flatMap(({ at, circle }) =>
      circle === undefined
        ? []
        : [`<circle class="ring" cx="${px(at)}" cy="${py(circle)}" r="6"/>`],
    ),
  ].join('\n')
}

function radiusOf(dots: Series['dots']): number {
  if (dots === 'rings') return 8
  return dots === 'only' ? 5 : 3
}

function horizontal(y: number, text: string): string {
  return [
    `<line class="grid" x1="${LEFT}" y1="${y}" x2="${RIGHT}" y2="${y}"/>`,
    `<text class="note" x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${escapeXml(text)}</text>`,
  ].join('\n')
}

function below(x: number, bottom: number, text: string): string {
  return [
    `<line class="grid" x1="${x}" y1="${bottom}" x2="${x}" y2="${bottom + 4}"/>`,
    `<text class="note" x="${x}" y="${bottom + 18}" text-anchor="middle">${escapeXml(text)}</text>`,
  ].join('\n')
}

function legend({ name, className, dots }: Series, x: number, y: number): string {
  return [
    typeof dots === 'string'
      ? `<circle class="${className} dot" cx="${x + 20}" cy="${y - 4}" r="${radiusOf(dots)}"/>`
      : `<polyline class="${className} line" points="${x},${y - 4} ${x + 26},${y - 4}"/>`,
    `<text class="label" x="${x + 34}" y="${y}">${escapeXml(name)}</text>`,
  ].join('\n')
}

function verticalMark(x: number, top: number, bottom: number): string {
  return `<line class="mark" x1="${x}" y1="${top}" x2="${x}" y2="${bottom}"/>`
}

/** On the side that has room, each on a line of its own, over whatever is behind it. */
function markText({ text, low }: Mark, x: number, top: number, index: number): string {
  const left = x > (LEFT + RIGHT) / 2
  const y = (low === true ? top + PLOT_HEIGHT - 30 : top + 16) + index * 20
  const at = `x="${left ? x - 8 : x + 8}" y="${y}"`
  return `<text class="label over" ${at} text-anchor="${left ? 'end' : 'start'}">${escapeXml(text)}</text>`
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}

function round(pixels: number): number {
  return Number(pixels.toFixed(1))
}
