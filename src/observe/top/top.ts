import type { Colors } from 'picocolors/types.js'
import { findCounters, type RunReading, readCounters } from '../counters-reader.js'
import { RunHistory } from './run-history.js'
import type { ScreenSource } from './screen.js'
import { topLines } from './top-view.js'

const NEXT: readonly string[] = ['n', '\t', '\u001b[B', '\u001b[C']
const BEFORE: readonly string[] = ['p', '\u001b[A', '\u001b[D']

/** Reads runs again and again, and knows what of them is to be shown. */
export class Top implements ScreenSource {
  readonly #target: string | undefined
  readonly #colors: Colors
  readonly #onQuit: () => void
  readonly #onChange: () => void
  #histories: RunHistory[] = []
  /** File of the process that is shown in full: it stays shown while others come and go. */
  #selectedFile = ''
  #paused = false
  #help = false

  /**
   * @param target a process id or a file of counters; undefined: all of this user
   * @param onChange a key changed what is to be shown
   */
  constructor(
    target: string | undefined,
    colors: Colors,
    { onQuit, onChange }: { readonly onQuit: () => void; readonly onChange: () => void },
  ) {
    this.#target = target
    this.#colors = colors
    this.#onQuit = onQuit
    this.#onChange = onChange
  }

  get histories(): readonly RunHistory[] {
    return this.#histories
  }

  /** Looks at all runs. Those that ended are gone, but for the last one that was named. */
  look(nowMs = performance.now()): void {
    if (this.#paused) return
    const readings = findCounters(this.#target)
      .map(readCounters)
      .filter((run) => run !== undefined)
      .sort((a, b) => Number(b.alive) - Number(a.alive) || a.startedMs - b.startedMs)
    if (readings.length === 0 && this.#target !== undefined) return
    this.#histories = readings.map((reading) => this.#continued(reading, nowMs))
  }

  lines(columns: number): readonly string[] {
    const { selected } = this
    const state = {
      ...{ histories: this.#histories, selected },
      ...{ paused: this.#paused, help: this.#help },
    }
    return topLines(state, this.#colors, columns)
  }

  /** Index of the run that is shown in full. */
  get selected(): number {
    const found = this.#histories.findIndex(({ reading }) => reading.file === this.#selectedFile)
    if (found >= 0) return found
    const receives = this.#histories.findIndex(
      ({ reading }) => reading.report?.command === 'receive',
    )
    return Math.max(0, receives)
  }

  onInterrupt(): void {
    this.#onQuit()
  }

  onKey(key: string): void {
    if (key === 'q' || key === 'Q') {
      this.#onQuit()
      return
    }
    if (key === ' ') this.#paused = !this.#paused
    else if (key === 'h' || key === '?') this.#help = !this.#help
    else if (key === 'r') for (const history of this.#histories) history.reset()
    else if (NEXT.includes(key)) this.#select(1)
    else if (BEFORE.includes(key)) this.#select(-1)
    else return
    this.#onChange()
  }

  #select(step: number): void {
    const count = this.#histories.length
    if (count === 0) return
    const next = this.#histories[(this.selected + step + count) % count]
    this.#selectedFile = next?.reading.file ?? ''
  }

  #continued(reading: RunReading, nowMs: number): RunHistory {
    const known = this.#histories.find(
      (one) => one.reading.file === reading.file && one.reading.startedMs === reading.startedMs,
    )
    if (known === undefined) return new RunHistory(reading, nowMs)
    known.add(reading, nowMs)
    return known
  }
}
