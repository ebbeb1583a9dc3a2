/** Sets of the cache, a power of two, and entries in each. Room for five times a large exchange. */
const SETS = 16384
const WAYS = 4
const ENTRIES = SETS * WAYS
const SET_MASK = SETS - 1

const SPACE = 0x20

// One cache per thread, since a module is loaded once in each. The key of an unused entry is eight
// zero bytes, whose text is empty: exactly what the entry holds.
const highs = new Uint32Array(ENTRIES)
const lows = new Uint32Array(ENTRIES)
const texts: string[] = new Array(ENTRIES).fill('')

/**
 * The text of up to eight characters without its padding (blanks or zero bytes at the end).
 *
 * Texts that were asked for before come from a cache, so a symbol costs memory only when it is seen
 * for the first time. The cache holds 65,536 texts; which one gives way depends on the key alone.
 *
 * @param high the first four characters as a big-endian u32
 * @param low the last four; blanks (0x20202020) where there are none
 */
export function shortText(high: number, low: number): string {
  const first = (Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b) >>> 15) & SET_MASK
  let entry = first * WAYS
  for (let way = 0; way < WAYS; way++, entry++) {
    if (highs[entry] === high && lows[entry] === low) return texts[entry] as string
  }
  return remember(first * WAYS, high, low)
}

/** Puts a text at the front of its set; the one at the back gives way. */
function remember(first: number, high: number, low: number): string {
  for (let entry = first + WAYS - 1; entry > first; entry--) {
    highs[entry] = highs[entry - 1] as number
    lows[entry] = lows[entry - 1] as number
    texts[entry] = texts[entry - 1] as string
  }
  const text = decode(high, low)
  highs[first] = high
  lows[first] = low
  texts[first] = text
  return text
}

function decode(high: number, low: number): string {
  let text = ''
  for (let at = 0; at < 8; at++) {
    const word = at < 4 ? high : low
    text += String.fromCharCode((word >>> (24 - 8 * (at & 3))) & 0xff)
  }
  return trimmed(text)
}

/** Without the blanks and zero bytes at its end. */
function trimmed(text: string): string {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === SPACE || text.charCodeAt(end - 1) === 0)) end--
  return text.slice(0, end)
}

/**
 * A text of any length without its padding, one byte to a character. Up to eight characters come
 * from the cache; longer ones allocate.
 */
export function readText(bytes: DataView, offset: number, length: number): string {
  if (length === 8) return shortText(bytes.getUint32(offset), bytes.getUint32(offset + 4))
  if (length < 8)
    return shortText(textWord(bytes, offset, 0, length), textWord(bytes, offset, 4, length))
  let text = ''
  for (let at = 0; at < length; at++) text += String.fromCharCode(bytes.getUint8(offset + at))
  return trimmed(text)
}

/** Four characters from `from` on, as a big-endian u32; blanks behind `length`. */
function textWord(bytes: DataView, offset: number, from: number, length: number): number {
  let word = 0
  for (let at = from; at < from + 4; at++) {
    word = (word << 8) | (at < length ? bytes.getUint8(offset + at) : SPACE)
  }
  return word >>> 0
}
