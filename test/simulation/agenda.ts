/** What is to happen, and when. Of what is due at the same time, what was entered first comes first. */
export class Agenda {
  /** When what is being done was due. */
  nowNs = 0
  readonly #heap: Entry[] = []
  #entered = 0

  /** When the next thing is due; Infinity: there is none. */
  get nextNs(): number {
    return this.#heap[0]?.dueNs ?? Number.POSITIVE_INFINITY
  }

  get size(): number {
    return this.#heap.length
  }

  at(dueNs: number, action: () => void): void {
    const entry: Entry = { dueNs, order: this.#entered++, action }
    const heap = this.#heap
    let place = heap.length
    heap.push(entry)
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = heap[above]
      if (other === undefined || isBefore(other, entry)) break
      heap[place] = other
      place = above
    }
    heap[place] = entry
  }

  /** Does all that is due by then; returns how much that was. */
  runUntil(nowNs: number): number {
    let done = 0
    for (; this.nextNs <= nowNs; done++) {
      this.nowNs = Math.max(this.nowNs, this.nextNs)
      this.#take()?.action()
    }
    this.nowNs = nowNs
    return done
  }

  #take(): Entry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const one = heap[left]
      if (one === undefined) break
      const other = heap[left + 1]
      const right = other !== undefined && isBefore(other, one)
      const least = right ? other : one
      if (isBefore(last, least)) break
      heap[place] = least
      place = right ? left + 1 : left
    }
    heap[place] = last
    return first
  }
}

interface Entry {
  readonly dueNs: number
  readonly order: number
  readonly action: () => void
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueNs < b.dueNs || (a.dueNs === b.dueNs && a.order < b.order)
}
