import { TickwireError } from '../../foundation/errors.js'
import { MAX_LINES } from '../../foundation/limits.js'
import { MAX_PROFILE_RECORDS, PROFILE_RECORD_BYTES, THROWN_AWAY } from './profile-recorder.js'
import type { LineProfile, ServiceProfile } from './service-profile.js'

/**
 * A profile as a file. Little-endian throughout; what is not named is 0.
 *
 * ```
 *   0  magic         8 bytes   "TICKPROF"
 *   8  version       u32       1
 *  12  header bytes  u32       128
 *  16  line bytes    u32       32
 *  20  record bytes  u32       32
 *  24  lines         u32       1 to 16
 *  28  transport     u8        0 socket, 1 mapped, 2 portable
 *  29  inline        u8        1: receiver and handler were one thread
 *  32  epoch         f64       seconds since 1970
 *  40  clock step    f64       ns by which the wall clock was set during the run
 *  48  handler cost  f64       ns per slot that noting took
 *  56  receiver cost f64       ns per receive call that noting took
 *  64  missed        f64       slots that came when the memory was full
 *  72  slots         u32       of the run's rings
 *  76  slot bytes    u32
 *  80  framing       16 bytes  ASCII, filled up with 0
 * 128  lines         lines x 32 bytes
 *        0  records       f64  how many there are of the line
 *        8  kernel drops  f64  datagrams; NaN: not known
 *      records       32 bytes each, those of the first line first
 *        0  arrived   f64      ns since the epoch, by the wall clock; NaN: not known
 *        8  pushed    f64      the same
 *       16  released  f64      the same; NaN: it was discarded
 *       24  messages  u16
 *       26  payload   u16      bytes
 *       28  datagrams u8
 *       29  flags     u8       1: it was discarded
 *       30  line      u8       index
 * ```
 */
const MAGIC = 'TICKPROF'
const VERSION = 1
const HEADER_BYTES = 128
const LINE_BYTES = 32
const FRAMING_AT = 80
const FRAMING_BYTES = 16
const TRANSPORTS = ['socket', 'mapped', 'portable'] as const
/** Times up to here are exact as doubles. */
const TIME_MAX_NS = Number.MAX_SAFE_INTEGER

/** The bytes of a profile's file. */
export function encodeProfile(profile: ServiceProfile): Uint8Array<ArrayBuffer> {
  const { lines, framing } = profile
  const total = lines.reduce((sum, { length }) => sum + length, 0)
  const recordsAt = HEADER_BYTES + lines.length * LINE_BYTES
  const bytes = new Uint8Array(recordsAt + total * PROFILE_RECORD_BYTES)
  const view = new DataView(bytes.buffer)
  writeAscii(bytes, 0, MAGIC)
  const words = [VERSION, HEADER_BYTES, LINE_BYTES, PROFILE_RECORD_BYTES, lines.length]
  words.forEach((word, i) => {
    view.setUint32(8 + 4 * i, word, true)
  })
  view.setUint8(28, TRANSPORTS.indexOf(profile.transport))
  view.setUint8(29, profile.inline ? 1 : 0)
  const { epochSeconds, clockStepNs, costNs, missed } = profile
  const doubles = [epochSeconds, clockStepNs, costNs.handler, costNs.receiver, missed]
  doubles.forEach((double, i) => {
    view.setFloat64(32 + 8 * i, double, true)
  })
  view.setUint32(72, profile.slots, true)
  view.setUint32(76, profile.slotBytes, true)
  writeAscii(bytes, FRAMING_AT, framing.slice(0, FRAMING_BYTES))
  let at = recordsAt
  lines.forEach((line, index) => {
    view.setFloat64(HEADER_BYTES + index * LINE_BYTES, line.length, true)
    view.setFloat64(HEADER_BYTES + index * LINE_BYTES + 8, line.kernelDrops ?? Number.NaN, true)
    for (let i = 0; i < line.length; i++, at += PROFILE_RECORD_BYTES) {
      writeRecord(view, at, line, i, index)
    }
  })
  return bytes
}

function writeRecord(view: DataView, at: number, line: LineProfile, i: number, index: number) {
  view.setFloat64(at, line.arrivedNs[i], true)
  view.setFloat64(at + 8, line.pushedNs[i], true)
  view.setFloat64(at + 16, line.releasedNs[i], true)
  view.setUint16(at + 24, line.messages[i], true)
  view.setUint16(at + 26, line.payloadBytes[i], true)
  view.setUint8(at + 28, line.datagrams[i])
  view.setUint8(at + 29, Number.isNaN(line.releasedNs[i]) ? THROWN_AWAY : 0)
  view.setUint8(at + 30, index)
}

/**
 * Reads a profile's file, and checks all of it.
 *
 * @param name of the file, for messages
 * @throws {TickwireError} TW_BAD_FILE
 */
export function decodeProfile(bytes: Uint8Array, name: string): ServiceProfile {
  const check = (holds: boolean, what: () => string) => {
    if (!holds) throw damaged(name, what())
  }
  if (readAscii(bytes, 0, MAGIC.length) !== MAGIC) throw noProfile(name)
  check(bytes.length >= HEADER_BYTES, () => `has ${bytes.length} bytes, less than its header`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (at: number) => view.getUint32(at, true)
  const double = (at: number) => view.getFloat64(at, true)
  if (word(8) !== VERSION) throw otherVersion(name, word(8))
  check(
    word(12) === HEADER_BYTES && word(16) === LINE_BYTES && word(20) === PROFILE_RECORD_BYTES,
    () => `has parts of ${word(12)}, ${word(16)} and ${word(20)} bytes`,
  )
  const lineCount = word(24)
  check(lineCount >= 1 && lineCount <= MAX_LINES, () => `has ${lineCount} lines`)
  const recordsAt = HEADER_BYTES + lineCount * LINE_BYTES
  check(bytes.length >= recordsAt, () => `has ${bytes.length} bytes, less than its header`)
  const counts = Array.from({ length: lineCount }, (_, i) => double(HEADER_BYTES + i * LINE_BYTES))
  check(
    counts.every((count) => isCount(count, MAX_PROFILE_RECORDS)),
    () => `has lines of ${counts.join(', ')} records`,
  )
  const total = counts.reduce((sum, count) => sum + count, 0)
  const expected = recordsAt + total * PROFILE_RECORD_BYTES
  check(
    bytes.length === expected,
    () => `has ${bytes.length} bytes where its ${total} records make it ${expected}`,
  )
  const transport = TRANSPORTS[view.getUint8(28)]
  const framing = readAscii(bytes, FRAMING_AT, FRAMING_BYTES)
  const numbers = [32, 40, 48, 56].map(double)
  const slots = word(72)
  const slotBytes = word(76)
  check(
    view.getUint8(29) <= 1 &&
      framing !== '' &&
      numbers.every(isTime) &&
      isCount(double(64), Number.MAX_SAFE_INTEGER) &&
      slots > 0 &&
      slotBytes > 0,
    () => 'has a header that makes no sense',
  )
  if (transport === undefined) throw damaged(name, 'names a transport that there is not')
  let at = recordsAt
  const lines = counts.map((length, index) => {
    const drops = double(HEADER_BYTES + index * LINE_BYTES + 8)
    check(Number.isNaN(drops) || isCount(drops, TIME_MAX_NS), () => `has ${drops} kernel drops`)
    const line = readLine(view, at, length, index, name)
    at += length * PROFILE_RECORD_BYTES
    return { ...line, kernelDrops: Number.isNaN(drops) ? null : drops }
  })
  const [epochSeconds, clockStepNs, handler, receiver] = numbers
  return {
    transport,
    framing,
    inline: view.getUint8(29) === 1,
    epochSeconds,
    slots,
    slotBytes,
    clockStepNs,
    costNs: { handler, receiver },
    missed: double(64),
    lines,
  }
}

function readLine(view: DataView, from: number, length: number, index: number, name: string) {
  const line = {
    length,
    arrivedNs: new Float64Array(length),
    pushedNs: new Float64Array(length),
    releasedNs: new Float64Array(length),
    messages: new Uint16Array(length),
    payloadBytes: new Uint16Array(length),
    datagrams: new Uint8Array(length),
  }
  for (let i = 0, at = from; i < length; i++, at += PROFILE_RECORD_BYTES) {
    const arrived = view.getFloat64(at, true)
    const pushed = view.getFloat64(at + 8, true)
    const released = view.getFloat64(at + 16, true)
    const thrown = view.getUint8(at + 29) === THROWN_AWAY
    const sound =
      (isTime(arrived) || (Number.isNaN(arrived) && isTime(pushed))) &&
      (isTime(pushed) || Number.isNaN(pushed)) &&
      (thrown ? Number.isNaN(released) : isTime(released) && view.getUint8(at + 29) === 0) &&
      view.getUint8(at + 30) === index
    if (!sound) throw damaged(name, `has a record at byte ${at} that makes no sense`)
    line.arrivedNs[i] = arrived
    line.pushedNs[i] = pushed
    line.releasedNs[i] = released
    line.messages[i] = view.getUint16(at + 24, true)
    line.payloadBytes[i] = view.getUint16(at + 26, true)
    line.datagrams[i] = view.getUint8(at + 28)
  }
  return line
}

function isTime(value: number): boolean {
  return Math.abs(value) <= TIME_MAX_NS
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}

/** Printable ASCII up to a 0; empty if there is anything else. */
function readAscii(bytes: Uint8Array, at: number, length: number): string {
  const octets = [...bytes.subarray(at, at + length)]
  const end = octets.indexOf(0)
  const text = end < 0 ? octets : octets.slice(0, end)
  return text.every((octet) => octet > 0x20 && octet < 0x7f) ? String.fromCharCode(...text) : ''
}

function noProfile(name: string): TickwireError {
  return new TickwireError(
    'TW_BAD_FILE',
    `${name} does not begin with ${MAGIC}, so it is no profile`,
    'Give a file that receive --profile wrote.',
  )
}

function otherVersion(name: string, version: number): TickwireError {
  return new TickwireError(
    'TW_BAD_FILE',
    `${name} is a profile of version ${version}, and this is for version ${VERSION}`,
    'Use the release of Tickwire that wrote it, or record it again.',
  )
}

function damaged(name: string, what: string): TickwireError {
  return new TickwireError(
    'TW_BAD_FILE',
    `${name} ${what}`,
    'The file is damaged, or was not written to its end: record it again with receive --profile.',
  )
}
