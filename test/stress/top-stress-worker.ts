import { parentPort, workerData } from 'node:worker_threads'
import { TOP, TopWriter } from '../../src/account/top-section.js'
import { mapFile } from '../../src/native/mapped-file.js'

export interface TopStressOrder {
  /** The block: in memory, or from `offset` of a file. */
  readonly memory: SharedArrayBuffer | null
  readonly file: string
  readonly fileBytes: number
  readonly offset: number
  /** One word, which is not 0 once the writer shall stop. */
  readonly stop: SharedArrayBuffer
}

const STOP_CHECK = 1024
/** Steps of other work between two books, so that they are whole for a part of the time. */
const PAUSE = 300

if (parentPort !== null) {
  const { memory, file, fileBytes, offset, stop } = workerData as TopStressOrder
  const stopped = new Int32Array(stop)
  const writer = new TopWriter(memory ?? mapFile('stress', file, fileBytes), offset)
  let written = 0
  let work = 1
  const write = () => {
    written++
    writer.begin()
    // All doubles of a block say the same number, in steps that a torn copy breaks.
    for (let at: number = TOP.state; at <= TOP.status; at++) writer.values[at] = written + at
    writer.end()
  }
  write()
  parentPort.postMessage('ready')
  while (Atomics.load(stopped, 0) === 0) {
    for (let i = 0; i < STOP_CHECK; i++) {
      write()
      for (let step = 0; step < PAUSE; step++) work = Math.imul(work, 0x9e3779b1) ^ step
    }
  }
  parentPort.postMessage(work === 0 ? 0 : written)
}
