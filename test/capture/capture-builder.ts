// Writes captures field by field from the specifications, sharing nothing with the reader.

export interface CaptureLayout {
  readonly littleEndian: boolean
  readonly nanoseconds: boolean
  readonly linkType: number
}

export interface CaptureRecord {
  readonly seconds: number
  /** Micro- or nanoseconds, as the layout says. */
  readonly fraction: number
  readonly packet: Uint8Array
  /** Claimed length of what was captured, where it is not the packet's. */
  readonly capturedBytes?: number
  /** Length on the wire, where it is not the packet's. */
  readonly originalBytes?: number
}

export interface UdpFields {
  readonly payload: Uint8Array
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** Claimed length, where it is not the payload's plus 8. */
  readonly udpBytes?: number
}

export function captureFile(layout: CaptureLayout, records: readonly CaptureRecord[]): Buffer {
  const { littleEndian } = layout
  const magic = layout.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4
  const header = new DataView(new ArrayBuffer(24))
  header.setUint32(0, magic, littleEndian)
  header.setUint16(4, 2, littleEndian)
  header.setUint16(6, 4, littleEndian)
  header.setUint32(16, 65_535, littleEndian)
  header.setUint32(20, layout.linkType, littleEndian)
  const parts: Buffer[] = [Buffer.from(header.buffer)]
  for (const { seconds, fraction, packet, capturedBytes, originalBytes } of records) {
    const record = new DataView(new ArrayBuffer(16))
    record.setUint32(0, seconds, littleEndian)
    record.setUint32(4, fraction, littleEndian)
    record.setUint32(8, capturedBytes ?? packet.length, littleEndian)
    record.setUint32(12, originalBytes ?? packet.length, littleEndian)
    parts.push(Buffer.from(record.buffer), Buffer.from(packet))
  }
  return Buffer.concat(parts)
}

export function udp(fields: UdpFields): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(fields.sourcePort ?? 40_000, 0)
  header.writeUInt16BE(fields.destinationPort ?? 9001, 2)
  header.writeUInt16BE(fields.udpBytes ?? fields.payload.length + 8, 4)
  return Buffer.concat([header, fields.payload])
}

/** From 10.1.2.3 to 239.1.1.1, or another last byte. */
export function ipv4(
  content: Uint8Array,
  fields: {
    protocol?: number
    fragment?: number
    optionBytes?: number
    totalBytes?: number
    id?: number
    group?: number
  } = {},
): Buffer {
  const headerBytes = 20 + (fields.optionBytes ?? 0)
  const header = Buffer.alloc(headerBytes, 1)
  header[0] = 0x40 | (headerBytes / 4)
  header.writeUInt16BE(fields.totalBytes ?? headerBytes + content.length, 2)
  header.writeUInt16BE(fields.id ?? 1, 4)
  header.writeUInt16BE(fields.fragment ?? 0x4000, 6)
  header[9] = fields.protocol ?? 17
  header.set([10, 1, 2, 3, 239, 1, 1, fields.group ?? 1], 12)
  return Buffer.concat([header, content])
}

/** From 2001:db8::1 to ff02::1:0:0:9. `extensions` are [protocol number, whole header] in order. */
export function ipv6(
  content: Uint8Array,
  extensions: readonly (readonly [number, Uint8Array])[] = [],
  protocol = 17,
): Buffer {
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header[6] = extensions[0]?.[0] ?? protocol
  header.set([0x20, 0x01, 0x0d, 0xb8], 8)
  header[23] = 1
  header.set([0xff, 0x02], 24)
  header[33] = 1
  header[39] = 9
  const chain = extensions.map(([, bytes], index) => {
    const copy = Buffer.from(bytes)
    copy[0] = extensions[index + 1]?.[0] ?? protocol
    return copy
  })
  const body = Buffer.concat([...chain, content])
  header.writeUInt16BE(body.length, 4)
  return Buffer.concat([header, body])
}

export function ethernet(
  packet: Uint8Array,
  vlanTypes: readonly number[] = [],
  type = etherType(packet),
): Buffer {
  const parts: Buffer[] = [Buffer.alloc(12, 0xee)]
  for (const [index, tag] of vlanTypes.entries()) parts.push(u16(tag), u16(100 + index))
  return Buffer.concat([...parts, u16(type), packet])
}

/** MPLS labels before a packet, the last of them marked as the bottom. */
export function mpls(packet: Uint8Array, labels: number): Buffer {
  const parts = Array.from({ length: labels }, (_, i) =>
    Buffer.from([0, 1, (i << 4) | (i === labels - 1 ? 1 : 0), 64]),
  )
  return Buffer.concat([...parts, packet])
}

export function linuxCooked(packet: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(14, 0xcc), u16(etherType(packet)), packet])
}

export function linuxCooked2(packet: Uint8Array): Buffer {
  return Buffer.concat([u16(etherType(packet)), Buffer.alloc(18, 0xcc), packet])
}

export function loopback(packet: Uint8Array, littleEndian: boolean): Buffer {
  const family = Buffer.alloc(4)
  family[littleEndian ? 0 : 3] = (packet[0] ?? 0) >> 4 === 6 ? 30 : 2
  return Buffer.concat([family, packet])
}

function etherType(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

/** A datagram in IPv4 fragments of at most `partBytes` (a multiple of 8), in order. */
export function ipv4Fragments(datagram: Uint8Array, partBytes: number, id = 7): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < datagram.length; at += partBytes) {
    const more = at + partBytes < datagram.length ? 0x2000 : 0
    const fragment = more | (at / 8)
    parts.push(ipv4(datagram.subarray(at, at + partBytes), { fragment, id }))
  }
  return parts
}

/** The same over IPv6. */
export function ipv6Fragments(datagram: Uint8Array, partBytes: number, id = 7): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < datagram.length; at += partBytes) {
    const header = Buffer.alloc(8)
    header.writeUInt16BE(at | (at + partBytes < datagram.length ? 1 : 0), 2)
    header.writeUInt32BE(id, 4)
    parts.push(ipv6(datagram.subarray(at, at + partBytes), [[44, header]]))
  }
  return parts
}

export interface NgOption {
  readonly code: number
  readonly value: Uint8Array
}

/** Blocks of a pcapng file in one byte order. */
export class NgBuilder {
  readonly #parts: Buffer[] = []
  readonly #little: boolean

  constructor(littleEndian: boolean) {
    this.#little = littleEndian
  }

  block(type: number, body: Uint8Array, lengthAgain?: number): this {
    const padded = Math.ceil(body.length / 4) * 4
    const block = Buffer.alloc(padded + 12)
    block.set(body, 8)
    this.#u32(block, 0, type)
    this.#u32(block, 4, block.length)
    this.#u32(block, block.length - 4, lengthAgain ?? block.length)
    this.#parts.push(block)
    return this
  }

  section(): this {
    const body = Buffer.alloc(16, 0xff)
    this.#u32(body, 0, 0x1a2b3c4d)
    this.#u16(body, 4, 1)
    this.#u16(body, 6, 0)
    return this.block(0x0a0d0d0a, body)
  }

  interface(linkType: number, snapBytes = 0, options: readonly NgOption[] = []): this {
    const head = Buffer.alloc(8)
    this.#u16(head, 0, linkType)
    this.#u32(head, 4, snapBytes)
    return this.block(1, Buffer.concat([head, this.#options(options)]))
  }

  enhanced(id: number, units: bigint, packet: Uint8Array, originalBytes?: number): this {
    const head = Buffer.alloc(20)
    this.#u32(head, 0, id)
    this.#time(head, 4, units)
    this.#u32(head, 12, packet.length)
    this.#u32(head, 16, originalBytes ?? packet.length)
    return this.block(6, Buffer.concat([head, packet]))
  }

  obsolete(id: number, units: bigint, packet: Uint8Array): this {
    const head = Buffer.alloc(20)
    this.#u16(head, 0, id)
    this.#time(head, 4, units)
    this.#u32(head, 12, packet.length)
    this.#u32(head, 16, packet.length)
    return this.block(2, Buffer.concat([head, packet]))
  }

  simple(packet: Uint8Array, originalBytes = packet.length): this {
    const head = Buffer.alloc(4)
    this.#u32(head, 0, originalBytes)
    return this.block(3, Buffer.concat([head, packet]))
  }

  build(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** An option whose value is a 64-bit number, as if_tsoffset has. */
  option64(code: number, value: bigint): NgOption {
    const bytes = Buffer.alloc(8)
    if (this.#little) bytes.writeBigInt64LE(value)
    else bytes.writeBigInt64BE(value)
    return { code, value: bytes }
  }

  #options(options: readonly NgOption[]): Buffer {
    const parts = options.map(({ code, value }) => {
      const option = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
      this.#u16(option, 0, code)
      this.#u16(option, 2, value.length)
      option.set(value, 4)
      return option
    })
    return Buffer.concat(options.length === 0 ? parts : [...parts, Buffer.alloc(4)])
  }

  #time(bytes: Buffer, offset: number, units: bigint): void {
    this.#u32(bytes, offset, Number(units >> 32n))
    this.#u32(bytes, offset + 4, Number(units & 0xffffffffn))
  }

  #u16(bytes: Buffer, offset: number, value: number): void {
    if (this.#little) bytes.writeUInt16LE(value, offset)
    else bytes.writeUInt16BE(value, offset)
  }

  #u32(bytes: Buffer, offset: number, value: number): void {
    if (this.#little) bytes.writeUInt32LE(value, offset)
    else bytes.writeUInt32BE(value, offset)
  }
}

/** A MoldUDP64 datagram of messages. */
export function mold(
  sequence: number,
  messages: readonly Uint8Array[],
  session = 'SESSION001',
): Buffer {
  const header = Buffer.alloc(20)
  header.write(session.padEnd(10), 0, 'latin1')
  header.writeBigUInt64BE(BigInt(sequence), 10)
  header.writeUInt16BE(messages.length, 18)
  const blocks = messages.map((message) => Buffer.concat([u16(message.length), message]))
  return Buffer.concat([header, ...blocks])
}

/** An IEX-TP datagram of messages. */
export function iexTp(
  sequence: number,
  messages: readonly Uint8Array[],
  fields: { session?: number; protocol?: number; channel?: number } = {},
): Buffer {
  const blocks = messages.map((message) => {
    const length = Buffer.alloc(2)
    length.writeUInt16LE(message.length)
    return Buffer.concat([length, message])
  })
  const payload = Buffer.concat(blocks)
  const header = Buffer.alloc(40)
  header[0] = 1
  header.writeUInt16LE(fields.protocol ?? 0x8003, 2)
  header.writeUInt32LE(fields.channel ?? 1, 4)
  header.writeUInt32LE(fields.session ?? 1, 8)
  header.writeUInt16LE(payload.length, 12)
  header.writeUInt16LE(messages.length, 14)
  header.writeBigInt64LE(BigInt(sequence), 24)
  return Buffer.concat([header, payload])
}

/** A BinaryFILE record of a message with nothing but a type and a time. */
export function binaryRecord(type: string, nsOfDay: number, bytes = 19): Buffer {
  const message = Buffer.alloc(bytes)
  message.write(type, 0, 'latin1')
  message.writeUIntBE(nsOfDay, 5, 6)
  return Buffer.concat([u16(bytes), message])
}
