import { deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const COLORS = 256

/**
 * A picture of a page, which has few colours, with a palette of 256 of them: a third of its size. Takes what
 * Chromium writes: 8 bits for each of three or four channels, not interlaced.
 */
export function withPalette(png) {
  const { width, height, channels, pixels } = decode(png)
  const counts = new Map()
  const keys = new Uint32Array(width * height)
  for (let i = 0; i < keys.length; i++) {
    const at = i * channels
    const key = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]
    keys[i] = key
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const palette = choosePalette(counts)
  const indices = new Map([...counts.keys()].map((key) => [key, nearest(palette, key)]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indices.get(keys[y * width + x])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const colors = Buffer.from(palette.flatMap((key) => [key >> 16, (key >> 8) & 255, key & 255]))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colors),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The most frequent colours, none too near to one that is there already. */
function choosePalette(counts) {
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([key]) => key)
  const palette = []
  for (let least = 700; palette.length < COLORS && least >= 0; least = least < 1 ? -1 : least / 3) {
    for (const key of byCount) {
      if (palette.length === COLORS) break
      if (palette.every((other) => distance(other, key) > least)) palette.push(key)
    }
  }
  return palette
}

function nearest(palette, key) {
  let best = 0
  for (let i = 1; i < palette.length; i++) {
    if (distance(palette[i], key) < distance(palette[best], key)) best = i
  }
  return best
}

function distance(a, b) {
  const red = (a >> 16) - (b >> 16)
  const green = ((a >> 8) & 255) - ((b >> 8) & 255)
  const blue = (a & 255) - (b & 255)
  return 3 * red * red + 4 * green * green + 2 * blue * blue
}

function decode(png) {
  let at = SIGNATURE.length
  const data = []
  let header = Buffer.alloc(13)
  while (at < png.length) {
    const bytes = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const body = png.subarray(at + 8, at + 8 + bytes)
    if (type === 'IHDR') header = body
    if (type === 'IDAT') data.push(body)
    at += bytes + 12
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const channels = header[9] === 6 ? 4 : 3
  return {
    width,
    height,
    channels,
    pixels: unfilter(inflateSync(Buffer.concat(data)), width * channels, height, channels),
  }
}

/** Undoes the filters of the rows: PNG specification, 9.2. */
function unfilter(raw, stride, height, step) {
  const pixels = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x >= step ? pixels[at - step] : 0
      const up = y > 0 ? pixels[at - stride] : 0
      const corner = x >= step && y > 0 ? pixels[at - stride - step] : 0
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]
      pixels[at] = raw[y * (stride + 1) + 1 + x] + guess
    }
  }
  return pixels
}

function paeth(left, up, corner) {
  const estimate = left + up - corner
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value))
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(body.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc(named))
  return Buffer.concat([bytes, named, check])
}

function crc(bytes) {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  }
  return (value ^ 0xffffffff) >>> 0
}
