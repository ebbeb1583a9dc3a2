import { make, write } from './dom.js'
import { clock } from './format.js'
import uPlot from './uplot.js'

const HEIGHT = 190
/** How far a key moves, and how much it zooms, as shares of what is shown. */
const STEP = 0.2
const ZOOM = 0.6
/** Rows of the table behind a plot. */
const TABLE_ROWS = 30

/** Colours of the page as they are now, for canvases. */
export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

/** How a kind of event is marked. */
export const MARKS = {
  recovered: { sign: '●', color: 'c-recovered' },
  up: { sign: '○', color: 'soft' },
  restart: { sign: '┃', color: 'soft' },
  suspect: { sign: '■', color: 'c-suspect' },
  silent: { sign: '◆', color: 'warn' },
  loss: { sign: '▼', color: 'bad' },
}

/**
 * One plot over time, with its legend, a description for screen readers, and its figures as a table.
 *
 * @param spec `title`, `unit(value)`, `series: [{ key, label, color, value(row), fill, stack }]`, and as wanted
 * `log`, `max`, `marks`, `draw(u, rows)`
 */
export class Plot {
  #spec
  #view
  #canvas
  #legend
  #plot
  #rows = []
  #events = []
  #stacked = false
  #table
  #details

  constructor(spec, view) {
    this.#spec = spec
    this.#view = view
    this.#stacked = spec.series.some(({ stack }) => stack === true)
    this.#legend = make('ul', { class: 'legend', 'aria-label': 'Now' })
    this.#canvas = make('div', { class: 'canvas', tabindex: '0', role: 'img' })
    this.#table = make('table')
    this.#details = make(
      'details',
      {},
      make('summary', {}, 'As a table'),
      make(
        'div',
        {
          class: 'scroll',
          role: 'region',
          'aria-label': `${spec.title}, as a table`,
          tabindex: '0',
        },
        this.#table,
      ),
    )
    this.#details.addEventListener('toggle', () => this.#fillTable())
    this.element = make(
      'figure',
      { class: 'panel', id: `plot-${spec.id}` },
      make('figcaption', { class: 'head' }, make('h2', {}, spec.title), this.#legend),
      this.#canvas,
      this.#details,
    )
    this.#canvas.addEventListener('keydown', (event) => this.#key(event))
    new ResizeObserver(() => this.#resize()).observe(this.#canvas)
    this.#fillLegend(null)
  }

  /** Draws what is within the view. */
  show(rows, events) {
    this.#rows = rows
    this.#events = events
    if (this.#plot === undefined) this.#create()
    else {
      this.#plot.setData(this.#data(), false)
      this.#plot.setScale('x', { min: this.#view.from, max: this.#view.to })
    }
    this.#fillLegend(this.#plot?.cursor.idx ?? null)
    this.#describe()
    if (this.#details.open) this.#fillTable()
  }

  /** Takes the colours of the page anew. */
  recolor() {
    this.#plot?.destroy()
    this.#plot = undefined
    this.#legend.replaceChildren()
    this.show(this.#rows, this.#events)
  }

  #create() {
    const width = this.#canvas.clientWidth
    if (width === 0) return
    const { spec, series } = { spec: this.#spec, series: this.#spec.series }
    const soft = color('soft')
    const grid = { stroke: color('grid'), width: 1 }
    const font = '11px system-ui, "DejaVu Sans", sans-serif'
    this.#plot = new uPlot(
      {
        width,
        height: HEIGHT,
        padding: [10, 24, 0, 0],
        legend: { show: false },
        cursor: {
          sync: { key: 'time' },
          drag: { x: true, y: false, setScale: false },
          points: { size: 6 },
          bind: { dblclick: () => () => this.#view.follow() },
        },
        scales: {
          x: { time: true, range: () => [this.#view.from, this.#view.to] },
          y: spec.log
            ? { distr: 3, range: (_, min, max) => logRange(min, max) }
            : {
                range: (_, min, max) =>
                  spec.share ? shareRange(min ?? 100) : [0, spec.max ?? niceMax(max)],
              },
        },
        axes: [
          {
            stroke: soft,
            grid,
            font,
            ticks: { show: false },
            size: 26,
            space: 72,
            values: (_, splits) => splits.map((at) => clock(at)),
          },
          {
            stroke: soft,
            grid,
            font,
            ticks: { show: false },
            size: 62,
            space: 34,
            values: (_, splits) => splits.map((value) => spec.unit(value)),
            ...(spec.log
              ? { splits: (_, __, min, max) => decades(min, max), filter: (_, splits) => splits }
              : {}),
          },
        ],
        series: [
          {},
          ...series.map((one) => ({
            label: one.label,
            stroke: one.hidden ? 'transparent' : color(one.color),
            width: one.stack ? 0 : 1.6,
            fill: one.fill ? `${color(one.color)}${one.stack ? 'd9' : '2e'}` : undefined,
            dash: one.dash,
            paths:
              one.stack || one.steps ? uPlot.paths.stepped({ align: -1 }) : uPlot.paths.linear(),
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: {
          setCursor: [(u) => this.#fillLegend(u.cursor.idx)],
          setSelect: [(u) => this.#select(u)],
          drawClear: spec.draw === undefined ? [] : [(u) => spec.draw(u, this.#rows)],
          draw: spec.marks === false ? [] : [(u) => this.#drawMarks(u)],
        },
      },
      this.#data(),
      this.#canvas,
    )
  }

  /** Columns; of stacked series each is the sum of those up to it, the last one first, so that all are seen. */
  #data() {
    const { series } = this.#spec
    const times = this.#rows.map(({ at }) => at)
    if (!this.#stacked) {
      return [times, ...series.map(({ value }) => this.#rows.map((row) => value(row) ?? null))]
    }
    const sums = this.#rows.map(() => 0)
    const columns = [...series].reverse().map(({ value }) =>
      this.#rows.map((row, i) => {
        const part = value(row)
        if (part === null || part === undefined) return sums[i] > 0 ? sums[i] : null
        sums[i] += part
        return sums[i]
      }),
    )
    return [times, ...columns.reverse()]
  }

  #select(u) {
    const { left, width } = u.select
    if (width < 6) return
    const [from, to] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    this.#view.zoom(from, to)
  }

  #key(event) {
    const { from, to } = this.#view
    const span = to - from
    const moves = {
      ArrowLeft: () => this.#view.zoom(from - STEP * span, to - STEP * span),
      ArrowRight: () => this.#view.zoom(from + STEP * span, to + STEP * span),
      '+': () => this.#view.zoom(from + (span * (1 - ZOOM)) / 2, to - (span * (1 - ZOOM)) / 2),
      '=': () => moves['+'](),
      '-': () => this.#view.zoom(from - span / 3, to + span / 3),
      0: () => this.#view.follow(),
      Home: () => this.#view.follow(),
    }
    const move = moves[event.key]
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    move()
  }

  #resize() {
    const width = this.#canvas.clientWidth
    if (width === 0) return
    if (this.#plot === undefined) this.show(this.#rows, this.#events)
    else if (Math.abs(this.#plot.width - width) > 1) this.#plot.setSize({ width, height: HEIGHT })
  }

  /** A sign for each event at the top of the plot, at its time. */
  #drawMarks(u) {
    const { ctx } = u
    const ratio = devicePixelRatio
    ctx.save()
    ctx.font = `${10 * ratio}px system-ui, sans-serif`
    ctx.textAlign = 'center'
    ctx.textBaseline = 'top'
    // What is worse is drawn later, so that it is seen.
    const order = Object.keys(MARKS)
    const events = [...this.#events].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    for (const { at, kind } of events) {
      const { sign, color: name } = MARKS[kind]
      const x = u.valToPos(at, 'x', true)
      ctx.fillStyle = color(name)
      ctx.fillText(sign, x, u.bbox.top - 9 * ratio)
      if (kind === 'recovered' || kind === 'up') continue
      ctx.globalAlpha = 0.35
      ctx.fillRect(Math.round(x), u.bbox.top, ratio, u.bbox.height)
      ctx.globalAlpha = 1
    }
    ctx.restore()
  }

  /** The values under the cursor, else the newest. */
  #fillLegend(index) {
    const { series, unit } = this.#spec
    const row = index === null || index === undefined ? this.#newest() : this.#rows[index]
    const shown = series.filter(({ legend }) => legend !== false)
    if (this.#legend.childElementCount !== shown.length) {
      this.#legend.replaceChildren(
        ...shown.map((one) => {
          const swatch = make('span', { class: one.fill ? 'swatch block' : 'swatch' })
          const paint = color(one.color)
          swatch.style.background = one.dash
            ? `repeating-linear-gradient(90deg, ${paint} 0 3px, transparent 3px 5px)`
            : paint
          return make('li', {}, swatch, one.label, make('b'))
        }),
      )
    }
    shown.forEach(({ value }, i) => {
      const text = row === undefined ? '–' : unit(value(row) ?? null)
      write(this.#legend.children[i].lastChild, text)
    })
  }

  #newest() {
    return this.#rows.findLast((row) => this.#spec.series.some(({ value }) => value(row) != null))
  }

  #describe() {
    const { title, series, unit } = this.#spec
    const row = this.#newest()
    const words = series
      .filter(({ legend }) => legend !== false)
      .map(({ label, value }) => `${label} ${row === undefined ? '–' : unit(value(row) ?? null)}`)
    const label = `${title}. Now: ${words.join(', ')}. Arrow keys move in time, plus and minus zoom; the figures are in the table below.`
    if (this.#canvas.getAttribute('aria-label') !== label)
      this.#canvas.setAttribute('aria-label', label)
  }

  /** At most so many rows, the newest first. */
  #fillTable() {
    if (!this.#details.open) return
    const { series, unit, title } = this.#spec
    const rows = this.#rows.filter((row) => series.some(({ value }) => value(row) != null))
    const every = Math.max(1, Math.ceil(rows.length / TABLE_ROWS))
    const picked = rows.filter((_, i) => (rows.length - 1 - i) % every === 0).reverse()
    this.#table.replaceChildren(
      make('caption', { class: 'hidden' }, title),
      make(
        'thead',
        {},
        make(
          'tr',
          {},
          ...['Time', ...series.map(({ label }) => label)].map((head) =>
            make('th', { scope: 'col' }, head),
          ),
        ),
      ),
      make(
        'tbody',
        {},
        ...picked.map((row) =>
          make(
            'tr',
            {},
            make('th', { scope: 'row' }, clock(row.at, true)),
            ...series.map(({ value }) => make('td', {}, unit(value(row) ?? null))),
          ),
        ),
      ),
    )
  }
}

function niceMax(max) {
  if (!(max > 0)) return 1
  const wanted = max * 1.12
  const decade = 10 ** Math.floor(Math.log10(wanted))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * decade >= wanted) ?? 10
  return step * decade
}

function logRange(min, max) {
  if (!(min > 0) || !(max > 0)) return [1e3, 1e7]
  const low = 10 ** Math.floor(Math.log10(min))
  return [low, Math.max(10 ** Math.ceil(Math.log10(max)), low * 10)]
}

/** Powers of ten within bounds. */
function decades(min, max) {
  const first = Math.ceil(Math.log10(min) - 1e-9)
  const last = Math.floor(Math.log10(max) + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i))
}

/** From as far below 100 as is needed, in steps: what is lost of much should be seen too. */
function shareRange(min) {
  const from = [99.9, 99, 90, 50].find((bound) => min >= bound) ?? 0
  return [from, 100]
}
