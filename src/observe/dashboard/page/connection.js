const RETRY_MS = 1000
/** Without any news for so long something is wrong, though nobody said so. */
const QUIET_MS = 3000

/**
 * Listens to the events of the server it came from, and again and again after it was lost: a receiver that is
 * started anew is found.
 */
export class Connection {
  #retry
  #lastMs = Number.NEGATIVE_INFINITY
  #open = false
  #everOpen = false
  #ended = false

  constructor(onRun, onSample) {
    this.onRun = onRun
    this.onSample = onSample
    this.#connect()
  }

  /** How long ago the server said something, in ms; Infinity: never. */
  get ageMs() {
    return performance.now() - this.#lastMs
  }

  /** `connecting`, `ok`, `quiet`, `ended` or `gone`. */
  get state() {
    if (!this.#open) return this.#ended ? 'ended' : this.#everOpen ? 'gone' : 'connecting'
    if (this.#ended) return 'ended'
    return this.ageMs > QUIET_MS ? 'quiet' : 'ok'
  }

  #connect() {
    const source = new EventSource('/events')
    source.addEventListener('run', (event) => {
      this.#open = true
      this.#everOpen = true
      this.#ended = false
      this.#heard()
      const run = JSON.parse(event.data)
      this.#note(run.samples.at(-1))
      this.onRun(run)
    })
    source.addEventListener('sample', (event) => {
      this.#heard()
      const sample = JSON.parse(event.data)
      this.#note(sample)
      this.onSample(sample)
    })
    source.addEventListener('error', () => {
      // The browser would wait longer, or give up where the server answered with an error.
      this.#open = false
      source.close()
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => this.#connect(), RETRY_MS)
    })
  }

  #heard() {
    this.#lastMs = performance.now()
  }

  #note(sample) {
    if (sample?.state === 'ended') this.#ended = true
  }
}
