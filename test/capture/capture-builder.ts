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
  for (const { seconds, fraction, packet, capturedBytes } of records) {
    const record = new DataView(new ArrayBuffer(16))
    record.setUint32(0, seconds, littleEndian)
    record.setUint32(4, fraction, littleEndian)
    record.setUint32(8, capturedBytes ?? packet.length, littleEndian)
    record.setUint32(12, packet.length, littleEndian)
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

/** From 10.1.2.3 to 239.1.1.1. */
export function ipv4(
  content: Uint8Array,
  fields: { protocol?: number; fragment?: number; optionBytes?: number; totalBytes?: number } = {},
): Buffer {
  const headerBytes = 20 + (fields.optionBytes ?? 0)
  const header = Buffer.alloc(headerBytes, 1)
  header[0] = 0x40 | (headerBytes / 4)
  header.writeUInt16BE(fields.totalBytes ?? headerBytes + content.length, 2)
  header.writeUInt16BE(fields.fragment ?? 0x4000, 6)
  header[9] = fields.protocol ?? 17
  header.set([10, 1, 2, 3, 239, 1, 1, 1], 12)
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

export function ethernet(packet: Uint8Array, vlanTypes: readonly number[] = []): Buffer {
  const parts: Buffer[] = [Buffer.alloc(12, 0xee)]
  for (const [index, type] of vlanTypes.entries()) parts.push(u16(type), u16(100 + index))
  return Buffer.concat([...parts, u16(etherType(packet)), packet])
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
