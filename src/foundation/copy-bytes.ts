const WORD = 4

/** Copies without an allocation, which `subarray` and `set` would need. Any alignment. */
export function copyBytes(
  from: DataView,
  fromOffset: number,
  to: DataView,
  toOffset: number,
  length: number,
): void {
  let done = 0
  for (; done + WORD <= length; done += WORD) {
    to.setUint32(toOffset + done, from.getUint32(fromOffset + done, true), true)
  }
  for (; done < length; done++) to.setUint8(toOffset + done, from.getUint8(fromOffset + done))
}
