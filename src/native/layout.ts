/**
 * Layouts that the kernel reads and writes, 64-bit little-endian (x86-64 and arm64, glibc and musl;
 * musl declares padding where glibc has wide fields, so the bytes agree as long as it stays zero).
 *
 * ```
 * mmsghdr (64 bytes)                                        iovec (16 bytes)
 *  0       8        16      24       32       40            0      8
 *  +-------+--------+-------+--------+--------+--------     +------+--------+
 *  | name  |namelen | iov   | iovlen |control |controllen   | base | length |
 *  | u64   |u32     | u64   | u64    | u64    | u64         | u64  | u64    |
 *  +-------+--------+-------+--------+--------+--------     +------+--------+
 *  48      52       56                     60      64
 *  +-------+--------+----------------------+-------+
 *  | flags | 0      | msg_len (u32)        | 0     |   msg_len: bytes received or sent
 *  +-------+--------+----------------------+-------+
 *
 * cmsghdr, entries padded to 8 bytes
 *  0        8       12      16
 *  +--------+-------+-------+---------
 *  | length | level | type  | data ...
 *  | u64    | i32   | i32   |
 *  +--------+-------+-------+---------
 * ```
 */
export const MMSGHDR_BYTES = 64
export const MMSGHDR_NAME = 0
export const MMSGHDR_NAMELEN = 8
export const MMSGHDR_IOV = 16
export const MMSGHDR_IOVLEN = 24
export const MMSGHDR_CONTROL = 32
export const MMSGHDR_CONTROLLEN = 40
export const MMSGHDR_FLAGS = 48
export const MMSGHDR_LENGTH = 56

export const IOVEC_BYTES = 16
export const IOVEC_BASE = 0
export const IOVEC_LENGTH = 8

export const CMSGHDR_BYTES = 16
export const CMSGHDR_LENGTH = 0
export const CMSGHDR_LEVEL = 8
export const CMSGHDR_TYPE = 12

/** Ancillary bytes that a receiver needs: time stamp 32, drop counter 24, segment size 24. */
export const CONTROL_BYTES = 80
