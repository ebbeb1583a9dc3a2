/**
 * What generated modules need at run time. It is written into each of them, so that they stand alone.
 *
 * `‹` and `›` enclose what only TypeScript has: see {@link render}.
 */

/** Turns marked text into TypeScript, or into JavaScript without what is marked. */
export function render(text: string, language: 'typescript' | 'javascript'): string {
  return language === 'typescript' ? text.replaceAll(/[‹›]/g, '') : text.replaceAll(/‹[^›]*›/g, '')
}

/** Pieces by name, with the names of those that each one uses. */
const PIECES: Readonly<
  Record<string, { readonly uses?: readonly string[]; readonly text: string }>
> = {
  TWO_POW_32: { text: 'const TWO_POW_32 = 4294967296' },
  NOWHERE: {
    text: `/** Where no message is: reading here is a RangeError. */
const NOWHERE = new DataView(new ArrayBuffer(0))`,
  },
  MessageView: {
    uses: ['NOWHERE'],
    text: `‹/** A window on one message: valid only as long as the memory below it. */
export class MessageView {
  bytes: DataView = NOWHERE
  /** Bytes from the start of \`bytes\` to the message. */
  offset = 0
  /** Bytes of the message. */
  length = 0

  /** Moves the window and returns it. Nothing is copied. */
  wrap(bytes: DataView, offset: number, length: number): this {
    this.bytes = bytes
    this.offset = offset
    this.length = length
    return this
  }
}
›`,
  },
  UnknownMessageView: {
    uses: ['MessageView'],
    text: `‹/** A message that the protocol cannot name, or that is too short for its type. */
export class UnknownMessageView extends MessageView {
  /** True for a message that is too short, false for one of an unknown type. */
  fault = false

  get type(): 'unknown' {
    return 'unknown'
  }

  /** Moves the window and says what is wrong with the message below. */
  mark(bytes: DataView, offset: number, length: number, fault: boolean): this {
    this.fault = fault
    return this.wrap(bytes, offset, length)
  }

  /** A copy that may be kept, the bytes in hexadecimal digits. */
  toObject(): { type: 'unknown'; bytes: string } {
    const { buffer, byteOffset } = this.bytes
    const bytes = new Uint8Array(buffer, byteOffset + this.offset, this.length)
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return { type: 'unknown', bytes: hex }
  }
}
›`,
  },
  sinceEpochNs: {
    uses: ['TWO_POW_32'],
    text: `‹/** A moment from which times are counted: its nanoseconds since 1970 as two halves. */
export interface SessionEpoch {
  readonly highNs: number
  readonly lowNs: number
}

›/** A stamp in nanoseconds since 1970 as an exact number: within 104 days of the epoch. */
function sinceEpochNs(epoch‹: SessionEpoch›, high‹: number›, low‹: number›)‹: number› {
  return (high - epoch.highNs) * TWO_POW_32 + (low - epoch.lowNs)
}`,
  },
  callMethod: {
    uses: ['ignoreMessage'],
    text: `function methodOr(method‹: unknown›, rest‹: unknown›)‹: MessageMethod› {
  return (method ?? rest)‹ as MessageMethod›
}

/** One place for all calls: so that handlers' methods are compiled by themselves. */
function callMethod(
  method‹: MessageMethod›,
  handler‹: unknown›,
  message‹: MessageView›,
  sequence‹: number›,
)‹: void› {
  method.call(handler, message, sequence)
}`,
  },
  writeInt64: {
    uses: ['TWO_POW_32'],
    text: `function writeInt64(
  bytes‹: DataView›,
  offset‹: number›,
  value‹: number | bigint›,
  littleEndian‹: boolean›,
)‹: void› {
  if (typeof value === 'bigint') {
    bytes.setBigInt64(offset, value, littleEndian)
    return
  }
  // Flooring, not truncating, makes two's complement of a negative: low is never below zero.
  const high = Math.floor(value / TWO_POW_32)
  bytes.setUint32(offset + (littleEndian ? 4 : 0), high, littleEndian)
  bytes.setUint32(offset + (littleEndian ? 0 : 4), value - high * TWO_POW_32, littleEndian)
}`,
  },
  writeUint48: {
    uses: ['TWO_POW_32'],
    text: `function writeUint48(
  bytes‹: DataView›,
  offset‹: number›,
  value‹: number›,
  littleEndian‹: boolean›,
)‹: void› {
  const high = Math.floor(value / TWO_POW_32)
  bytes.setUint16(offset + (littleEndian ? 4 : 0), high, littleEndian)
  bytes.setUint32(offset + (littleEndian ? 0 : 2), value - high * TWO_POW_32, littleEndian)
}`,
  },
  writeZeros: {
    text: `function writeZeros(bytes‹: DataView›, offset‹: number›, length‹: number›)‹: void› {
  for (let at = 0; at < length; at++) bytes.setUint8(offset + at, 0)
}`,
  },
  writeText: {
    text: `/** Writes characters of one byte each, filled with blanks. */
function writeText(bytes‹: DataView›, offset‹: number›, length‹: number›, text‹: string›)‹: void› {
  if (text.length > length) throw new RangeError(\`"\${text}" is longer than \${length} characters\`)
  for (let at = 0; at < length; at++) {
    bytes.setUint8(offset + at, at < text.length ? text.charCodeAt(at) : 0x20)
  }
}`,
  },
  readText: {
    text: `/** Characters of one byte each, without the blanks or zero bytes at their end. */
function readText(bytes‹: DataView›, offset‹: number›, length‹: number›)‹: string› {
  let end = length
  while (end > 0 && (bytes.getUint8(offset + end - 1) & 0xdf) === 0) end--
  let text = ''
  for (let at = 0; at < end; at++) text += String.fromCharCode(bytes.getUint8(offset + at))
  return text
}`,
  },
  shortText: {
    uses: ['readText'],
    text: `const SHORT = new DataView(new ArrayBuffer(8))
/** The text of eight characters that are given as two big-endian numbers. */
function shortText(high‹: number›, low‹: number›)‹: string› {
  SHORT.setUint32(0, high)
  SHORT.setUint32(4, low)
  return readText(SHORT, 0, 8)
}`,
  },
  exactUint64: {
    uses: ['exactInteger'],
    text: `function exactUint64(bytes‹: DataView›, offset‹: number›, littleEndian‹: boolean›)‹: number | bigint› {
  return exactInteger(bytes.getBigUint64(offset, littleEndian))
}`,
  },
  exactInt64: {
    uses: ['exactInteger'],
    text: `function exactInt64(bytes‹: DataView›, offset‹: number›, littleEndian‹: boolean›)‹: number | bigint› {
  return exactInteger(bytes.getBigInt64(offset, littleEndian))
}`,
  },
  exactInteger: {
    text: `/** A number where it is exact, else a bigint. */
function exactInteger(value‹: bigint›)‹: number | bigint› {
  const exact = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
  return exact ? Number(value) : value
}`,
  },
  exactOrNull: {
    uses: ['exactInteger'],
    text: `function exactOrNull(value‹: bigint | null›)‹: number | bigint | null› {
  return value === null ? null : exactInteger(value)
}`,
  },
  decimalText: {
    text: `/** The exact text of a decimal number, without zeros at its end. */
function decimalText(mantissa‹: number | bigint›, decimals‹: number›)‹: string› {
  if (decimals < 0) return decimalText(BigInt(mantissa) * 10n ** BigInt(-decimals), 0)
  const negative = mantissa < 0
  const digits = String(mantissa).slice(negative ? 1 : 0).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(whole.length).replace(/0+$/, '')
  return \`\${negative ? '-' : ''}\${whole}\${fraction === '' ? '' : \`.\${fraction}\`}\`
}`,
  },
  parseDecimal: {
    text: `/** The whole steps that a decimal text stands for. */
function parseDecimal(text‹: string›, decimals‹: number›)‹: bigint› {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\\d+)(?:\\.(\\d+))?$/.exec(text) ?? []
  const places = Math.max(0, decimals)
  if (whole === undefined || /[1-9]/.test(fraction.slice(places))) {
    throw new RangeError(\`"\${text}" is no decimal number with up to \${places} places\`)
  }
  const steps = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'))
  const mantissa = decimals < 0 ? steps / 10n ** BigInt(-decimals) : steps
  return sign === '-' ? -mantissa : mantissa
}`,
  },
  scaled: {
    text: `/** A mantissa times ten to the power of an exponent, as the nearest number. */
function scaled(mantissa‹: number›, exponent‹: number›)‹: number› {
  return exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent
}`,
  },
  decimalsOf: {
    text: `/** Decimal places of a decimal text. */
function decimalsOf(text‹: string›)‹: number› {
  const point = text.indexOf('.')
  return point < 0 ? 0 : text.length - point - 1
}`,
  },
  plainText: {
    text: `/** A number as decimal text, never with an exponent. */
function plainText(value‹: number›)‹: string› {
  const text = String(value)
  return text.includes('e') ? value.toFixed(20).replace(/\\.?0+$/, '') : text
}`,
  },
  readChars: {
    text: `const UTF8 = new TextDecoder()
/** Characters up to a length, or up to the first zero byte in a field of fixed length. */
function readChars(
  bytes‹: DataView›,
  offset‹: number›,
  length‹: number›,
  utf8‹: boolean›,
)‹: string› {
  let text = ''
  for (let at = 0; at < length; at++) {
    const byte = bytes.getUint8(offset + at)
    // The decoder wants memory that nobody else writes to: hence the copy.
    if (utf8 && byte >= 0x80) {
      const all = new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length)
      return UTF8.decode(Uint8Array.from(all))
    }
    text += String.fromCharCode(byte)
  }
  return text
}
/** Without the zero bytes and blanks at its end, and without what follows a zero byte. */
function unpadded(text‹: string›)‹: string› {
  const zero = text.indexOf('\\0')
  return (zero < 0 ? text : text.slice(0, zero)).replace(/ +$/, '')
}`,
  },
  charBytes: {
    text: `/** The bytes of a text. */
function charBytes(text‹: string›, utf8‹: boolean›)‹: Uint8Array› {
  return utf8
    ? new TextEncoder().encode(text)
    : Uint8Array.from(text, (character) => character.charCodeAt(0))
}
/** Writes a text into a field of fixed length, filled with zero bytes. */
function writeChars(
  bytes‹: DataView›,
  offset‹: number›,
  length‹: number›,
  text‹: string›,
  utf8‹: boolean›,
)‹: void› {
  const source = charBytes(text, utf8)
  if (source.length > length) throw new RangeError(\`"\${text}" is longer than \${length} bytes\`)
  for (let at = 0; at < length; at++) bytes.setUint8(offset + at, source[at] ?? 0)
}`,
  },
  bits: {
    text: `/** The byte in which a bit of a set lies. */
function byteOfBit(offset‹: number›, size‹: number›, bit‹: number›, little‹: boolean›)‹: number› {
  return offset + (little ? bit >> 3 : size - 1 - (bit >> 3))
}
/** The names of the bits that are 1. */
function readBits(
  bytes‹: DataView›,
  offset‹: number›,
  size‹: number›,
  choices‹: Readonly<Record<string, number>>›,
  little‹: boolean›,
)‹: string[]› {
  return Object.keys(choices).filter((name) => {
    const bit = choices[name] ?? 0
    return ((bytes.getUint8(byteOfBit(offset, size, bit, little)) >> (bit & 7)) & 1) === 1
  })
}
/** Writes a set: 1 for the bits that are named, else 0. */
function writeBits(
  bytes‹: DataView›,
  offset‹: number›,
  size‹: number›,
  choices‹: Readonly<Record<string, number>>›,
  names‹: readonly string[]›,
  little‹: boolean›,
)‹: void› {
  for (let at = 0; at < size; at++) bytes.setUint8(offset + at, 0)
  for (const name of names) {
    const bit = choices[name]
    if (bit === undefined) throw new RangeError(\`"\${name}" is no member of the set\`)
    const at = byteOfBit(offset, size, bit, little)
    bytes.setUint8(at, bytes.getUint8(at) | (1 << (bit & 7)))
  }
}`,
  },
  enumName: {
    text: `/** The name of a value of an enumeration; the value itself where it has none. */
function enumName(names‹: Readonly<Record<number, string>>›, value‹: number›)‹: string | number› {
  return names[value] ?? value
}
/** The value that a name stands for. */
function enumValue(values‹: Readonly<Record<string, number>>›, name‹: string | number›)‹: number› {
  const value = typeof name === 'number' ? name : values[name]
  if (value === undefined) throw new RangeError(\`"\${name}" is no value of the enumeration\`)
  return value
}`,
  },
  outOfOrder: {
    text: `/** Groups and data can only be written in their order. */
function outOfOrder(name‹: string›)‹: never› {
  throw new Error(\`\${name} is written too late: what comes after it has been begun\`)
}`,
  },
  ignoreMessage: {
    text: `function ignoreMessage()‹: void› {}
‹type MessageMethod = (this: unknown, message: MessageView, sequence: number) => void
›`,
  },
}

/** The pieces that a text uses, in an order in which each comes after those that it uses. */
export function preludeFor(text: string): string {
  const wanted = new Set<string>()
  const want = (name: string): void => {
    const piece = PIECES[name]
    if (piece === undefined || wanted.has(name)) return
    for (const used of piece.uses ?? []) want(used)
    wanted.add(name)
  }
  for (const name of Object.keys(PIECES)) {
    if (namesOf(name).some((each) => new RegExp(`\\b${each}\\b`).test(text))) want(name)
  }
  return [...wanted].map((name) => PIECES[name]?.text).join('\n\n')
}

/** What a piece declares. */
function namesOf(piece: string): readonly string[] {
  const text = PIECES[piece]?.text ?? ''
  return [
    ...text.matchAll(/^[‹›]?(?:export )?(?:const|function|class|interface|type) (\w+)/gm),
  ].map((match) => match[1] ?? piece)
}
