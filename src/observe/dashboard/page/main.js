import { Connection } from './connection.js'
import { byId, fillTable, make, write } from './dom.js'
import { clock } from './format.js'
import { History } from './history.js'
import { bookRows, LINE_HEADS, ledgerRows, lineRows, plotsOf, tilesOf } from './panels.js'
import { color, MARKS } from './plot.js'

/** Events of the list. */
const LISTED = 100
const TICK_MS = 500

const history = new History(listEvent)
/** What part of time is shown: the newest, or a piece that was chosen. */
const view = {
  from: 0,
  to: 1,
  chosen: false,
  /** Shows a piece, and lets it stand. */
  zoom(from, to) {
    const oldest = history.rows[0]?.at ?? from
    const span = Math.max(2, to - from)
    const newest = (history.rows.at(-1)?.at ?? to) + span / 2
    this.from = Math.min(Math.max(from, oldest - span / 2), newest - span)
    this.to = this.from + span
    this.chosen = true
    draw()
  },
  /** Shows the newest again. */
  follow() {
    this.chosen = false
    draw()
  },
}
let plots = []
let paused = false
let drawnRun = null
let tiles = []

const connection = new Connection(
  (run) => {
    history.begin(run)
    draw()
  },
  (sample) => {
    history.add(sample)
    if (!paused) draw()
  },
)

/** Draws everything; what was paused stays as it is but for what the user does with it. */
function draw() {
  const { card, last, rows } = history
  if (card === null || last === null || rows.length === 0) return
  if (drawnRun !== shapeOf(card)) setUp(card)
  if (!paused || !view.chosen) {
    const span = Number(byId('span').value)
    if (!view.chosen && !paused) {
      view.to = rows.at(-1).at
      view.from = view.to - span
    } else if (!view.chosen) view.from = view.to - span
  }
  byId('reset').hidden = !view.chosen
  const first = Math.max(0, rows.findIndex(({ at }) => at >= view.from) - 1)
  const behind = rows.findIndex(({ at }) => at > view.to)
  const shown = rows.slice(first, behind < 0 ? rows.length : behind + 1)
  const events = history.events.filter(({ at }) => at >= view.from && at <= view.to)
  for (const plot of plots) plot.show(shown, events)
  if (!paused) drawFigures(card, last, rows.at(-1))
}

function drawFigures(card, last, row) {
  showTiles(tilesOf(card, last, row))
  fillTable(byId('ledger'), 'Ledger', ['Messages', 'Since the start', 'Now'], ledgerRows(last, row))
  fillTable(byId('lines'), 'Lines', LINE_HEADS, lineRows(card, last))
  showBook(last.tops)
}

/** A plot for each thing that this kind of run has. */
function setUp(card) {
  drawnRun = shapeOf(card)
  byId('feed').replaceChildren(
    make('b', {}, card.feed),
    ` · ${[card.command, card.framing, card.transport].filter(Boolean).join(' · ')}`,
  )
  document.title = `${card.feed} · Tickwire`
  plots = plotsOf(card, view)
  byId('plots').replaceChildren(...plots.map(({ element }) => element))
}

function shapeOf({ run: _, ...rest }) {
  return JSON.stringify(rest)
}

function showTiles(figures) {
  if (tiles.length !== figures.length) {
    tiles = figures.map(() => {
      const parts = {
        label: make('dt'),
        value: make('dd', { class: 'value' }),
        aside: make('dd', { class: 'aside' }),
      }
      const element = make(
        'div',
        { class: 'tile' },
        make('dl', {}, parts.label, parts.value, parts.aside),
      )
      return { element, ...parts }
    })
    byId('tiles').replaceChildren(...tiles.map(({ element }) => element))
  }
  figures.forEach(({ label, value, aside = '', level = '' }, i) => {
    const tile = tiles[i]
    write(tile.label, label)
    write(tile.value, value)
    write(tile.aside, aside)
    if (tile.element.dataset.level !== level) tile.element.dataset.level = level
  })
}

/** The book of the chosen instrument, of those that the run publishes. */
function showBook(tops) {
  byId('book-panel').hidden = tops.length === 0
  if (tops.length === 0) return
  const select = byId('instrument')
  const names = tops.map(({ instrument }) => instrument)
  if (select.dataset.names !== names.join()) {
    const chosen = select.value
    select.dataset.names = names.join()
    select.replaceChildren(...names.map((name) => make('option', { value: name }, name)))
    if (names.includes(chosen)) select.value = chosen
  }
  const top = tops.find(({ instrument }) => instrument === select.value) ?? tops[0]
  fillTable(byId('book'), `Book of ${top.instrument}`, ['', 'Price', 'Quantity'], bookRows(top))
}

function listEvent({ at, kind, text }) {
  const list = byId('events')
  list.querySelector('.none')?.remove()
  const { sign, color: name } = MARKS[kind]
  const mark = make('span', { 'aria-hidden': 'true', 'data-color': name }, sign)
  mark.style.color = color(name)
  const time = make('time', { datetime: new Date(at * 1000).toISOString() }, clock(at))
  list.prepend(make('li', { 'data-kind': kind }, time, mark, make('span', {}, text)))
  while (list.childElementCount > LISTED) list.lastElementChild.remove()
}

/** Says how things are, also when nothing comes that could be drawn. */
function showStatus() {
  const age = Math.round(connection.ageMs / 1000)
  const seconds = `${age} second${age === 1 ? '' : 's'}`
  const { state } = connection
  const feed = history.last?.state
  const words = {
    connecting: ['connecting', 'Connecting'],
    gone: ['gone', `Not connected: figures are ${seconds} old. Trying again`],
    quiet: ['gone', `No news for ${seconds}: the process may hang`],
    ended: ['ended', 'The run has ended'],
    ok: feed === 'stale' ? ['stale', 'Stale: nothing comes'] : ['ok', 'Live'],
  }
  const [name, text] = paused && state === 'ok' ? ['paused', 'Paused'] : words[state]
  const element = byId('status')
  element.dataset.state = name
  write(element, text)
  document.body.classList.toggle('cold', name === 'gone')
}

function pause(on) {
  paused = on
  byId('pause').setAttribute('aria-pressed', String(on))
  write(byId('pause'), on ? 'Go on' : 'Pause')
  if (!on) draw()
  showStatus()
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme
  write(byId('theme'), theme === 'dark' ? 'Light' : 'Dark')
  for (const plot of plots) plot.recolor()
  for (const mark of document.querySelectorAll('[data-color]'))
    mark.style.color = color(mark.dataset.color)
}

/** What the user chose before, else what the system prefers. */
function initialTheme() {
  const chosen = localStorage.getItem('tickwire-theme')
  if (chosen === 'dark' || chosen === 'light') return chosen
  return matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
}

byId('pause').addEventListener('click', () => pause(!paused))
byId('reset').addEventListener('click', () => view.follow())
byId('span').addEventListener('change', () => view.follow())
byId('instrument').addEventListener('change', () => showBook(history.last?.tops ?? []))
byId('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'
  localStorage.setItem('tickwire-theme', theme)
  setTheme(theme)
})
document.addEventListener('keydown', (event) => {
  const own = event.target.closest('button, select, summary, a, input')
  if (event.key !== ' ' || own !== null || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  pause(!paused)
})
setTheme(initialTheme())
setInterval(showStatus, TICK_MS)
