// Damaged recordings: nothing but an error of ours is thrown, nothing hangs, and every packet is somewhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { CaptureReader } from '../../src/capture/capture-reader.js'
import { TickwireError } from '../../src/foundation/errors.js'
import { proof } from '../kit/proof.js'
import { Random } from '../simulation/random.js'
import {
  binaryRecord,
  captureFile,
  ethernet,
  iexTp,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  linuxCooked,
  linuxCooked2,
  loopback,
  mold,
  mpls,
  NgBuilder,
  udp,
} from './capture-builder.js'
import { assertAllSomewhere } from './reading.js'

const LIMIT_MS = proof(8000, 1_800_000)
const INPUTS = proof(20_000, 1_000_000)
const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 105]

const messages = [Buffer.from('one'), Buffer.from('three')]
const train = Buffer.concat([mold(1, messages), mold(3, messages), mold(5, [])])
const long = udp({ payload: Buffer.alloc(600, 1) })
const PACKETS: readonly Uint8Array[] = [
  ethernet(ipv4(udp({ payload: train }), { optionBytes: 8 }), [0x88a8, 0x9100]),
  ethernet(ipv6(udp({ payload: iexTp(1, messages) }), [[0, Buffer.alloc(8)]])),
  ethernet(mpls(ipv4(udp({ payload: train })), 2), [], 0x8847),
  ...ipv4Fragments(long, 240).map((part) => ethernet(part)),
  ...ipv6Fragments(long, 240).map((part) => ethernet(part)),
  linuxCooked(ipv4(long)),
  linuxCooked2(ipv6(long)),
  loopback(ipv4(long), true),
  ipv4(long),
]

/** Recordings of each container, whole. */
const SEEDS: readonly Buffer[] = [
  ...[true, false].flatMap((littleEndian) => [
    ...LINK_TYPES.map((linkType) =>
      captureFile(
        { littleEndian, nanoseconds: linkType % 2 === 0, linkType },
        PACKETS.map((packet, i) => ({ seconds: 1_700_000_000 + i, fraction: i, packet })),
      ),
    ),
    PACKETS.reduce(
      (ng, packet, i) => ng.enhanced(i % 3, BigInt(i) << 33n, packet).simple(packet),
      new NgBuilder(littleEndian)
        .section()
        .interface(1, 0, [{ code: 9, value: Buffer.of(9) }])
        .interface(113)
        .interface(276, 96),
    ).build(),
  ]),
  Buffer.concat(Array.from({ length: 40 }, (_, i) => binaryRecord('ADE'.charAt(i % 3), i * 1e9))),
]

/** Flips, overwrites, cuts out, doubles and cuts off. */
function mutate(seed: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(seed)
  for (let hits = random.whole(1, 6); hits > 0; hits--) {
    const at = random.whole(0, Math.max(0, bytes.length - 1))
    const length = random.whole(1, 24)
    switch (random.whole(0, 5)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.whole(0, 7))
        break
      case 1:
        bytes.fill(
          random.pick([0, 0xff, 0x80, 1, 0x7f]),
          at,
          Math.min(bytes.length, at + random.pick([1, 2, 4, 8])),
        )
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
        break
      case 4:
        bytes = bytes.subarray(0, Math.max(1, at))
        break
      default:
        bytes[at] = random.whole(0, 255)
    }
  }
  return bytes
}

test('CaptureReader ends on every damaged recording with an error of its own or none, and accounts for every packet', async () => {
  const startMs = performance.now()
  let inputs = 0
  for (let number = 1; number <= INPUTS && performance.now() - startMs < LIMIT_MS; number++) {
    const random = new Random(number)
    const seed = SEEDS[random.whole(0, SEEDS.length - 1)]
    assert.ok(seed !== undefined)
    const plain = mutate(seed, random)
    const packed = random.whole(0, 15) === 0
    const bytes = packed ? mutate(gzipSync(plain), random) : plain
    const framing = random.pick(['moldudp64', 'iex-tp', 'mdp3', 'raw', 'binaryfile'])
    const chunkBytes = random.pick([64, 1000, 65_536])
    try {
      const reader = await CaptureReader.fromBytes(bytes, { to: null, framing, chunkBytes })
      try {
        while (await reader.fill()) {
          while (reader.next()) {
            const { offset, length, nanoseconds } = reader
            assert.ok(offset > 0 && length >= 0 && offset + length <= reader.bytes.length)
            assert.ok(nanoseconds >= 0 && nanoseconds < 1e9, `${nanoseconds}`)
          }
        }
      } catch (error) {
        if (!(error instanceof TickwireError)) throw error
        assert.equal(error.code, 'TW_BAD_FILE')
        assert.ok(error.message.length < 2000)
      }
      assertAllSomewhere(reader.counts(), reader.datagrams)
      await reader.close()
    } catch (error) {
      if (error instanceof TickwireError) continue
      throw new Error(`input ${number} of seed ${number}: ${String(error)}`, { cause: error })
    } finally {
      inputs++
    }
  }
  assert.ok(inputs > 100, `${inputs} inputs`)
})
