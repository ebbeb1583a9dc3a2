import { FALSE_SHARING_RANGE_BYTES } from '../../foundation/units.js'
import type { WakePipe } from '../../native/wake-pipe.js'
import { Doorbell } from '../../ring/doorbell.js'
import { PipeBell } from '../../ring/pipe-bell.js'

const STOP = 0
const HANDLER_BELL = FALSE_SHARING_RANGE_BYTES
/** Behind the bell's flag: the ends of its pipe, each one more than the descriptor; 0: it has none. */
const READ_END = HANDLER_BELL + 4
const WRITE_END = HANDLER_BELL + 8
const CLOSED = 2 * FALSE_SHARING_RANGE_BYTES
const HANDLER_GONE = 3 * FALSE_SHARING_RANGE_BYTES
const ENDED = 4 * FALSE_SHARING_RANGE_BYTES
const TOTAL_BYTES = 5 * FALSE_SHARING_RANGE_BYTES

/**
 * The words by which the threads of one run tell each other to stop. Hot threads have no event loop,
 * so this is the only way to reach them. Any thread may use any method.
 */
export class ControlBlock {
  readonly buffer: SharedArrayBuffer
  /** Rung for the handler's thread when there is something to take. */
  readonly handlerBell: Doorbell
  readonly #words: Int32Array<SharedArrayBuffer>

  /** @param pipe what the handler's bell rings through from now on; left out: what the memory says */
  constructor(
    buffer: SharedArrayBuffer = new SharedArrayBuffer(TOTAL_BYTES),
    pipe = pipeIn(buffer),
  ) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
    this.#words[READ_END / 4] = (pipe?.readEnd ?? -1) + 1
    this.#words[WRITE_END / 4] = (pipe?.writeEnd ?? -1) + 1
    this.handlerBell =
      pipe === undefined
        ? new Doorbell(buffer, HANDLER_BELL)
        : new PipeBell(buffer, HANDLER_BELL, pipe)
  }

  /** What the handler's bell rings through; undefined: the handler's thread sleeps on its flag. */
  get pipe(): WakePipe | undefined {
    return pipeIn(this.buffer)
  }

  /** Whether the threads shall come to an end. */
  get stopping(): boolean {
    return Atomics.load(this.#words, STOP / 4) !== 0
  }

  requestStop(): void {
    Atomics.store(this.#words, STOP / 4, 1)
    this.handlerBell.ring()
  }

  /** Receivers that have stopped; their counters are final. */
  get closedLines(): number {
    return Atomics.load(this.#words, CLOSED / 4)
  }

  noteLineClosed(): void {
    Atomics.add(this.#words, CLOSED / 4, 1)
    this.handlerBell.ring()
  }

  /** Whether nobody takes datagrams from the rings any more. */
  get handlerGone(): boolean {
    return Atomics.load(this.#words, HANDLER_GONE / 4) !== 0
  }

  noteHandlerGone(): void {
    Atomics.store(this.#words, HANDLER_GONE / 4, 1)
  }

  /** For a sender's ring: whether its last datagram has been published. */
  get ended(): boolean {
    return Atomics.load(this.#words, ENDED / 4) !== 0
  }

  noteEnded(): void {
    Atomics.store(this.#words, ENDED / 4, 1)
  }
}

function pipeIn(buffer: SharedArrayBuffer): WakePipe | undefined {
  const words = new Int32Array(buffer)
  const readEnd = words[READ_END / 4]
  const writeEnd = words[WRITE_END / 4]
  return readEnd === 0 ? undefined : { readEnd: readEnd - 1, writeEnd: writeEnd - 1 }
}
