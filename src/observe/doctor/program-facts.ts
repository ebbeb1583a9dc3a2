import { messageOf } from '../../foundation/errors.js'
import { koffiVersion } from '../../native/koffi-version.js'
import { libc } from '../../native/libc.js'
import { UdpSocket } from '../../native/udp-socket.js'
import type { ProgramFacts } from './program-checks.js'

const SEGMENT_BYTES = 64

/** Looks at this program's own surroundings: what it runs on, and what the kernel lets its sockets do. */
export function programFacts(): ProgramFacts {
  const ffiProblem = problemOfLibc()
  return {
    nodeVersion: process.versions.node,
    koffiVersion: koffiVersion(),
    ffiProblem,
    offload: ffiProblem === undefined ? offload() : undefined,
  }
}

/** Asked of a socket that is bound to nothing. */
function offload(): ProgramFacts['offload'] {
  const socket = new UdpSocket(false)
  try {
    return { receive: socket.tryCoalesce(), send: socket.trySegment(SEGMENT_BYTES) }
  } finally {
    socket.close()
  }
}

function problemOfLibc(): string | undefined {
  try {
    libc()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
