import { isIPv4 } from 'node:net'
import type { Libc } from './libc.js'
import { encodeSocketAddress } from './socket-address.js'

/** Classic BPF (`linux/filter.h`): class, size and mode of an instruction, added up. */
const LOAD_WORD = 0x20
const LOAD_HALF = 0x28
const LOAD_BYTE = 0x30
const LOAD_HALF_INDEXED = 0x48
/** X = 4 * (byte & 15): the length of an IPv4 header. */
const LOAD_HEADER_LENGTH = 0xb1
const JUMP_EQUAL = 0x15
const JUMP_ANY_BIT = 0x45
const RETURN = 0x06
/** Offsets from here on count from the network header, whatever the link layer (`SKF_NET_OFF`). */
const NETWORK = 0xfff00000
/** What the kernel says of a packet, loaded as a byte (`SKF_AD_OFF + SKF_AD_PKTTYPE`). */
const PACKET_TYPE = 0xfffff004
/** `linux/if_packet.h`: for another host, and seen only since the interface listens to all. */
const PACKET_OTHERHOST = 3
const INSTRUCTION_BYTES = 8
const WHOLE_PACKET = 0x40000
const UDP = 17
const FRAGMENT_OFFSET_MASK = 0x1fff

/** Stands for the distance to the instruction that rejects, in a program that is not complete. */
const TO_REJECT = -1

type Instruction = readonly [code: number, onTrue: number, onFalse: number, value: number]

/** A program that lets no packet through. */
export function rejectAllFilter(): Uint8Array {
  return assemble([[RETURN, 0, 0, 0]])
}

/**
 * A program that lets UDP datagrams to a port pass, to an address unless that is unspecified, and from
 * a source if one is given; none that is for another host. Of
 * IPv4 fragments only the first passes: it is to be seen that there was one, and only it has the port.
 */
export function udpFilter(address: string, port: number, source?: string): Uint8Array {
  const program = isIPv4(address) ? ipv4Program : ipv6Program
  return assemble(program(address, port, source))
}

function ipv4Program(address: string, port: number, source?: string): Instruction[] {
  const wanted = ipv4Word(address)
  return chain(
    [
      FOR_US,
      { load: [LOAD_BYTE, 9], equal: UDP },
      ...(wanted === 0 ? [] : [{ load: [LOAD_WORD, 16], equal: wanted } as const]),
      ...(source === undefined
        ? []
        : [{ load: [LOAD_WORD, 12], equal: ipv4Word(source) } as const]),
      { load: [LOAD_HALF, 6], noBitOf: FRAGMENT_OFFSET_MASK },
    ],
    [[LOAD_HEADER_LENGTH, 0, 0, NETWORK]],
    { load: [LOAD_HALF_INDEXED, 2], equal: port },
  )
}

/** Extension headers before UDP are not looked through; feeds do not use them. */
function ipv6Program(address: string, port: number, source?: string): Instruction[] {
  const words = ipv6Words(address)
  const unspecified = words.every((word) => word === 0)
  return chain(
    [
      FOR_US,
      { load: [LOAD_BYTE, 6], equal: UDP },
      ...(unspecified ? [] : wordChecks(words, 24)),
      ...(source === undefined ? [] : wordChecks(ipv6Words(source), 8)),
    ],
    [],
    { load: [LOAD_HALF, 42], equal: port },
  )
}

function wordChecks(words: readonly number[], offset: number): Check[] {
  return words.map((word, i) => ({ load: [LOAD_WORD, offset + i * 4], equal: word }))
}

function ipv4Word(address: string): number {
  return address.split('.').reduce((word, octet) => word * 256 + Number(octet), 0)
}

interface Check {
  /** The offset counts from the network header, unless it is PACKET_TYPE. */
  readonly load: readonly [code: number, offset: number]
  readonly equal?: number
  readonly notEqual?: number
  readonly noBitOf?: number
}

const FOR_US: Check = { load: [LOAD_BYTE, PACKET_TYPE], notEqual: PACKET_OTHERHOST }

/** Checks one after the other; the first that fails ends in "return 0". */
function chain(
  checks: readonly Check[],
  between: readonly Instruction[],
  last: Check,
): Instruction[] {
  const steps: Instruction[][] = [
    ...checks.map(stepOf),
    ...between.map((instruction) => [instruction]),
    stepOf(last),
  ]
  const program = steps.flat()
  const reject = program.length + 1
  return [
    ...program.map(([code, onTrue, onFalse, value], i): Instruction => {
      const distance = (jump: number) => (jump === TO_REJECT ? reject - i - 1 : jump)
      return [code, distance(onTrue), distance(onFalse), value]
    }),
    [RETURN, 0, 0, WHOLE_PACKET],
    [RETURN, 0, 0, 0],
  ]
}

function stepOf({ load: [code, offset], equal, notEqual, noBitOf }: Check): Instruction[] {
  const load: Instruction = [code, 0, 0, offset === PACKET_TYPE ? offset : NETWORK + offset]
  if (equal !== undefined) return [load, [JUMP_EQUAL, 0, TO_REJECT, equal]]
  if (notEqual !== undefined) return [load, [JUMP_EQUAL, TO_REJECT, 0, notEqual]]
  return [load, [JUMP_ANY_BIT, TO_REJECT, 0, noBitOf ?? 0]]
}

/**
 * ```
 *  0      2    3    4        8
 *  +------+----+----+--------+
 *  | code | jt | jf | k      |   jt, jf: instructions to skip
 *  | u16  | u8 | u8 | u32    |
 *  +------+----+----+--------+
 * ```
 */
function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(program.length * INSTRUCTION_BYTES))
  const view = new DataView(bytes.buffer)
  program.forEach(([code, onTrue, onFalse, value], i) => {
    const at = i * INSTRUCTION_BYTES
    view.setUint16(at, code, true)
    view.setUint8(at + 2, onTrue)
    view.setUint8(at + 3, onFalse)
    view.setUint32(at + 4, value, true)
  })
  return bytes
}

function ipv6Words(address: string): number[] {
  const view = new DataView(encodeSocketAddress(address, 0).buffer)
  return [8, 12, 16, 20].map((offset) => view.getUint32(offset, false))
}

/** sock_fprog: count u16 @0, address of the instructions u64 @8. */
export function filterArgument(c: Libc, program: Uint8Array): Uint8Array {
  const argument = new Uint8Array(16)
  const view = new DataView(argument.buffer)
  view.setUint16(0, program.length / 8, true)
  view.setBigUint64(8, BigInt(c.address(program)), true)
  return argument
}
