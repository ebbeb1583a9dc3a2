import { TWO_POW_32 } from '../foundation/units.js'
import { BoxedNumbers } from '../native/boxed-numbers.js'
import {
  CONTROL_BYTES,
  IOVEC_BASE,
  IOVEC_BYTES,
  IOVEC_LENGTH,
  MMSGHDR_BYTES,
  MMSGHDR_CONTROL,
  MMSGHDR_CONTROLLEN,
  MMSGHDR_IOV,
  MMSGHDR_IOVLEN,
  MMSGHDR_NAME,
  MMSGHDR_NAMELEN,
} from '../native/layout.js'
import { layoutOf, STAMP_BYTES } from './layout.js'

/**
 * Points every slot's message header at its own slot, stamp and name, so that the address of a header is
 * all that recvmmsg or sendmmsg needs. Called once, before the ring is used.
 *
 * @param baseAddress the address of the buffer's first byte
 * @param ancillary whether the kernel shall write ancillary data into the stamps (a receiver's ring)
 * @returns the address of each slot's header
 */
export function armForKernel(
  buffer: SharedArrayBuffer,
  baseAddress: number,
  ancillary: boolean,
): BoxedNumbers {
  const layout = layoutOf(buffer)
  const { slotCount, headersOffset, iovecsOffset, nameBytes } = layout
  const words = new Uint32Array(buffer)
  const inHeaders = (field: number, first: number, step: number) =>
    putEvery(words, slotCount, headersOffset + field, MMSGHDR_BYTES, first, step)
  const inIovecs = (field: number, first: number, step: number) =>
    putEvery(words, slotCount, iovecsOffset + field, IOVEC_BYTES, first, step)
  inIovecs(IOVEC_BASE, baseAddress + layout.slotsOffset, layout.stride)
  inIovecs(IOVEC_LENGTH, layout.slotBytes, 0)
  inHeaders(MMSGHDR_IOV, baseAddress + iovecsOffset, IOVEC_BYTES)
  inHeaders(MMSGHDR_IOVLEN, 1, 0)
  if (ancillary) {
    inHeaders(MMSGHDR_CONTROL, baseAddress + layout.stampsOffset, STAMP_BYTES)
    inHeaders(MMSGHDR_CONTROLLEN, CONTROL_BYTES, 0)
  }
  if (nameBytes > 0) {
    inHeaders(MMSGHDR_NAME, baseAddress + layout.namesOffset, nameBytes)
    inHeaders(MMSGHDR_NAMELEN, nameBytes, 0)
  }
  return new BoxedNumbers(
    Array.from(
      { length: slotCount },
      (_, slot) => baseAddress + headersOffset + slot * MMSGHDR_BYTES,
    ),
  )
}

/** Writes a u64 every `stride` bytes from `offset` on, each larger than the last by `step`. */
function putEvery(
  words: Uint32Array,
  count: number,
  offset: number,
  stride: number,
  first: number,
  step: number,
): void {
  for (let i = 0; i < count; i++) {
    const at = (offset + i * stride) / 4
    const value = first + i * step
    words[at] = value
    words[at + 1] = value / TWO_POW_32
  }
}
