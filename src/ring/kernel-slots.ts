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
  const view = new DataView(buffer)
  const base = BigInt(baseAddress)
  for (let slot = 0; slot < layout.slotCount; slot++) {
    const header = layout.headersOffset + slot * MMSGHDR_BYTES
    const iovec = layout.iovecsOffset + slot * IOVEC_BYTES
    view.setBigUint64(
      iovec + IOVEC_BASE,
      base + BigInt(layout.slotsOffset + slot * layout.stride),
      true,
    )
    view.setBigUint64(iovec + IOVEC_LENGTH, BigInt(layout.slotBytes), true)
    view.setBigUint64(header + MMSGHDR_IOV, base + BigInt(iovec), true)
    view.setBigUint64(header + MMSGHDR_IOVLEN, 1n, true)
    if (ancillary) {
      const stamp = layout.stampsOffset + slot * STAMP_BYTES
      view.setBigUint64(header + MMSGHDR_CONTROL, base + BigInt(stamp), true)
      view.setBigUint64(header + MMSGHDR_CONTROLLEN, BigInt(CONTROL_BYTES), true)
    }
    if (layout.nameBytes > 0) {
      const name = layout.namesOffset + slot * layout.nameBytes
      view.setBigUint64(header + MMSGHDR_NAME, base + BigInt(name), true)
      view.setUint32(header + MMSGHDR_NAMELEN, layout.nameBytes, true)
    }
  }
  return new BoxedNumbers(
    Array.from(
      { length: layout.slotCount },
      (_, slot) => baseAddress + layout.headersOffset + slot * MMSGHDR_BYTES,
    ),
  )
}
