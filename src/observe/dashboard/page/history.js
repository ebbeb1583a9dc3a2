/** An hour of samples. */
const MOST_ROWS = 7200
export const CAUSES = ['kernel', 'ring', 'network', 'invalid', 'unrecovered', 'cutOff']
/** Samples further apart than this have a hole between them, in samples. */
const HOLE = 4

/**
 * Everything that the page has been told, as rows of what is drawn: rates between two samples, shares of
 * capacities, percentiles. A row stands at the time of its sample, in seconds.
 */
export class History {
  rows = []
  events = []
  card = null
  last = null
  #onEvent

  constructor(onEvent) {
    this.#onEvent = onEvent
  }

  /** A connection has begun: with the run of before, or with another one. */
  begin({ card, samples }) {
    const same = this.card?.run === card.run
    if (this.card !== null && !same) {
      this.#note(
        (samples[0]?.at ?? Date.now()) / 1000,
        'restart',
        'Another run: counts start again.',
      )
      this.last = null
    }
    this.card = card
    // What was told before, in this connection or another one, is not told again.
    const known = same ? (this.last?.at ?? 0) : 0
    for (const sample of samples) if (sample.at > known) this.add(sample)
  }

  add(sample) {
    const before = this.last
    this.last = sample
    const newest = this.rows.at(-1)
    if (newest !== undefined && sample.at / 1000 <= newest.at) return
    const seconds = before === null ? Number.NaN : (sample.at - before.at) / 1000
    const hole = !(seconds < (HOLE * this.card.everyMs) / 1000)
    if (hole && newest !== undefined) this.rows.push(emptyRow(newest.at + 0.001))
    const row = rowOf(sample, before, seconds, this.card)
    this.rows.push(row)
    if (this.rows.length > MOST_ROWS) this.rows.splice(0, this.rows.length - MOST_ROWS)
    this.#noteChanges(sample, before)
  }

  #noteChanges(sample, before) {
    const at = sample.at / 1000
    const { ledger, losses, lines, books, bridge } = sample
    for (const loss of losses) {
      const where = loss.line === null ? '' : ` on line ${this.card.lines[loss.line]?.name}`
      const span =
        loss.firstSequence === loss.lastSequence
          ? `sequence ${loss.firstSequence}`
          : `sequences ${loss.firstSequence} to ${loss.lastSequence}`
      this.#note(
        loss.at / 1000,
        'loss',
        `${plural(loss.count, 'message')} lost: ${loss.cause}${where}, ${span}`,
      )
    }
    if (before === null) return
    if (ledger !== null && before.ledger !== null) {
      const recovered = ledger.recovered - before.ledger.recovered
      if (recovered > 0) this.#note(at, 'recovered', `${plural(recovered, 'message')} recovered`)
    }
    lines.forEach((line, i) => {
      if (before.lines[i] === undefined || line.up === before.lines[i].up) return
      const name = `Line ${this.card.lines[i]?.name}`
      this.#note(at, line.up ? 'up' : 'silent', line.up ? `${name} is heard` : `${name} is silent`)
    })
    if (sample.state !== before.state) {
      if (sample.state === 'stale') this.#note(at, 'silent', 'The feed is stale: nothing comes')
      if (before.state === 'stale' && sample.state === 'ok')
        this.#note(at, 'up', 'The feed is heard again')
      if (sample.state === 'ended') this.#note(at, 'restart', 'The run has ended')
    }
    if (bridge !== null && before.bridge !== null) {
      const dropped = bridge.notPublished - before.bridge.notPublished
      if (dropped > 0) this.#note(at, 'loss', `${plural(dropped, 'message')} not published`)
      if (bridge.connected !== before.bridge.connected) {
        const text = bridge.connected ? 'The stream is there again' : 'The stream is away'
        this.#note(at, bridge.connected ? 'up' : 'silent', text)
      }
    }
    const suspect = books?.suspect ?? 0
    const was = before.books?.suspect ?? 0
    if (suspect > was) this.#note(at, 'suspect', `${plural(suspect, 'book')} suspect`)
    else if (suspect < was) this.#note(at, 'up', `${plural(suspect, 'book')} suspect, from ${was}`)
  }

  #note(at, kind, text) {
    const event = { at, kind, text }
    this.events.push(event)
    if (this.events.length > 500) this.events.shift()
    this.#onEvent(event)
  }
}

function plural(number, word) {
  return `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`
}

function emptyRow(at) {
  return { at, lost: {}, lines: [], heat: [] }
}

function rowOf(sample, before, seconds, { ringSlots }) {
  const rate = (now, then) =>
    now === null || now === undefined || then === null || then === undefined || !(seconds > 0)
      ? null
      : Math.max(0, (now - then) / seconds)
  const { ledger, sent, latencyNs, books, bridge } = sample
  const row = { at: sample.at / 1000, lost: {}, heat: sample.heat, books: books?.suspect ?? null }
  if (ledger !== null) {
    const then = before?.ledger
    row.delivered = rate(ledger.delivered, then?.delivered)
    row.expected = rate(ledger.expected, then?.expected)
    row.skipped = rate(ledger.skipped, then?.skipped)
    row.recovered = rate(ledger.recovered, then?.recovered)
    row.missing = ledger.missing
    for (const cause of CAUSES) row.lost[cause] = rate(ledger.lost[cause], then?.lost[cause])
    const expected = ledger.expected - (then?.expected ?? 0)
    row.efficiency =
      then === undefined || expected <= 0
        ? null
        : (100 * (ledger.delivered - then.delivered)) / expected
  } else if (sent !== null) {
    const key = sent.messages === null ? 'datagrams' : 'messages'
    row.delivered = rate(sent[key], before?.sent?.[key])
    row.refused = rate(sent.refused, before?.sent?.refused)
  }
  for (const key of ['p50', 'p90', 'p99', 'p999', 'max']) row[key] = latencyNs?.[key] ?? null
  if (bridge !== null) {
    row.stored = rate(bridge.messages, before?.bridge?.messages)
    row.backlog = bridge.backlogBytes
    row.spill = bridge.spillBytes
  }
  const share = (part, whole) => (part === null || !whole ? null : (100 * part) / whole)
  row.lines = sample.lines.map((line, i) => ({
    ring: share(line.ringUsed, ringSlots),
    buffer: share(line.bufferUsed, line.bufferBytes),
    leadNs: line.leadNs,
    first: rate(line.first, before?.lines[i]?.first),
  }))
  return row
}
