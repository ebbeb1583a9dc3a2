import { parentPort, workerData } from 'node:worker_threads'
import { messageOf, TickwireError } from '../../src/foundation/errors.js'
import { allowedCpus, pinThread } from '../../src/native/affinity.js'

/** Pins this thread to the given CPU and tells what it may use then, or the error. */
try {
  pinThread(workerData as number)
  parentPort?.postMessage({ cpus: allowedCpus() })
} catch (error) {
  const code = error instanceof TickwireError ? error.code : 'none'
  parentPort?.postMessage({ code, message: messageOf(error), cpus: allowedCpus() })
}
