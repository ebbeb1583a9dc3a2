import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import * as constants from '../../src/native/constants.js'
import * as layout from '../../src/native/layout.js'

/**
 * Headers that come with the C library and the kernel. Those of the C library come first: some of the
 * kernel's declare the same unless they see them.
 */
const HEADERS = [
  'fcntl.h',
  'errno.h',
  'poll.h',
  'sched.h',
  'stddef.h',
  'stdint.h',
  'time.h',
  'sys/mman.h',
  'sys/socket.h',
  'netinet/in.h',
  'linux/filter.h',
  'linux/if_ether.h',
  'linux/if_packet.h',
  'linux/sock_diag.h',
  'linux/udp.h',
  'linux/virtio_net.h',
]

/** Options that a C library may be too old to name: then there is nothing to compare with. */
const MAY_BE_MISSING: readonly string[] = [
  'IPV6_MULTICAST_ALL',
  'PACKET_IGNORE_OUTGOING',
  'SO_MEMINFO',
  'SO_TIMESTAMPNS',
  'UDP_GRO',
  'UDP_SEGMENT',
]
/** The kernel's own affair, or in a header that quarrels with the others (netinet/udp.h). */
const NOT_IN_HEADERS: readonly string[] = ['UDP_MAX_SEGMENTS', 'SOL_UDP']

/** Where the fields of a structure lie; `$bytes` is its size. */
type Fields = Readonly<Record<string, number>>

/** What the code has named, and beside it what it only writes as numbers. */
const STRUCTURES: Readonly<Record<string, Fields>> = {
  'struct mmsghdr': {
    $bytes: layout.MMSGHDR_BYTES,
    'msg_hdr.msg_name': layout.MMSGHDR_NAME,
    'msg_hdr.msg_namelen': layout.MMSGHDR_NAMELEN,
    'msg_hdr.msg_iov': layout.MMSGHDR_IOV,
    'msg_hdr.msg_iovlen': layout.MMSGHDR_IOVLEN,
    'msg_hdr.msg_control': layout.MMSGHDR_CONTROL,
    'msg_hdr.msg_controllen': layout.MMSGHDR_CONTROLLEN,
    'msg_hdr.msg_flags': layout.MMSGHDR_FLAGS,
    msg_len: layout.MMSGHDR_LENGTH,
  },
  'struct iovec': {
    $bytes: layout.IOVEC_BYTES,
    iov_base: layout.IOVEC_BASE,
    iov_len: layout.IOVEC_LENGTH,
  },
  'struct cmsghdr': {
    $bytes: layout.CMSGHDR_BYTES,
    cmsg_len: layout.CMSGHDR_LENGTH,
    cmsg_level: layout.CMSGHDR_LEVEL,
    cmsg_type: layout.CMSGHDR_TYPE,
  },
  'struct timespec': { $bytes: 16, tv_sec: 0, tv_nsec: 8 },
  'struct pollfd': { $bytes: 8, fd: 0, events: 4, revents: 6 },
  'struct sockaddr_in': { $bytes: 16, sin_family: 0, sin_port: 2, sin_addr: 4 },
  'struct sockaddr_in6': {
    $bytes: 28,
    sin6_family: 0,
    sin6_port: 2,
    sin6_flowinfo: 4,
    sin6_addr: 8,
    sin6_scope_id: 24,
  },
  'struct sockaddr_storage': { $bytes: 128 },
  'struct group_req': { $bytes: 136, gr_interface: 0, gr_group: 8 },
  'struct group_source_req': { $bytes: 264, gsr_interface: 0, gsr_group: 8, gsr_source: 136 },
  'struct ip_mreqn': { $bytes: 12, imr_multiaddr: 0, imr_address: 4, imr_ifindex: 8 },
  'struct sock_filter': { $bytes: 8, code: 0, jt: 2, jf: 3, k: 4 },
  'struct sock_fprog': { $bytes: 16, len: 0, filter: 8 },
  'struct sockaddr_ll': { $bytes: 20, sll_family: 0, sll_protocol: 2, sll_ifindex: 4 },
  'struct tpacket_req': {
    $bytes: 16,
    tp_block_size: 0,
    tp_block_nr: 4,
    tp_frame_size: 8,
    tp_frame_nr: 12,
  },
  'struct tpacket_stats': { $bytes: 8, tp_packets: 0, tp_drops: 4 },
  'struct tpacket2_hdr': {
    tp_status: 0,
    tp_len: 4,
    tp_snaplen: 8,
    tp_mac: 12,
    tp_net: 14,
    tp_sec: 16,
    tp_nsec: 20,
  },
  'struct virtio_net_hdr': { $bytes: 10, flags: 0, gso_type: 1, hdr_len: 2, gso_size: 4 },
}

/** Numbers that the code has under names of its own. */
const NUMBERS: Readonly<Record<string, number>> = {
  IPPROTO_UDP: constants.SOL_UDP,
  // mapped-source.ts: the status of a frame, and the flags of a virtio_net_hdr.
  TP_STATUS_KERNEL: 0,
  TP_STATUS_USER: 1,
  TP_STATUS_LOSING: 4,
  TP_STATUS_CSUMNOTREADY: 8,
  TP_STATUS_CSUM_VALID: 128,
  'VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID': 3,
  // packet-filter.ts
  'BPF_LD | BPF_W | BPF_ABS': 0x20,
  'BPF_LD | BPF_H | BPF_ABS': 0x28,
  'BPF_LD | BPF_B | BPF_ABS': 0x30,
  'BPF_LD | BPF_H | BPF_IND': 0x48,
  'BPF_LDX | BPF_B | BPF_MSH': 0xb1,
  'BPF_JMP | BPF_JEQ | BPF_K': 0x15,
  'BPF_JMP | BPF_JSET | BPF_K': 0x45,
  'BPF_RET | BPF_K': 0x06,
  '(uint32_t)SKF_NET_OFF': 0xfff00000,
  '(uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)': 0xfffff004,
  PACKET_OTHERHOST: 3,
  // packet-ring.ts: a failed mmap, on 64 bits.
  'MAP_FAILED == (void *)-1': 1,
  // ancillary data of a time stamp, the drop counter and the segment size
  'CMSG_SPACE(sizeof(struct timespec)) + 2 * CMSG_SPACE(sizeof(int))': layout.CONTROL_BYTES,
  'sizeof(void *)': 8,
  '__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__': 1,
}

const compiler = spawnSync('cc', ['--version']).status === 0
const skip =
  process.platform !== 'linux'
    ? 'the layouts are those of Linux'
    : !compiler && 'there is no C compiler (cc)'

/** What the compiler has against a program; nothing if it takes it. */
function complaints(lines: readonly string[]): string {
  const source = [
    '#define _GNU_SOURCE',
    ...HEADERS.map((header) => `#include <${header}>`),
    ...lines,
    '',
  ].join('\n')
  const flags = ['-std=gnu11', '-x', 'c', '-fsyntax-only', '-']
  return spawnSync('cc', flags, { input: source, encoding: 'utf8' }).stderr
}

function assertion(condition: string): string {
  return `_Static_assert(${condition}, ${JSON.stringify(condition)});`
}

function layoutAssertions(): string[] {
  return Object.entries(STRUCTURES).flatMap(([type, fields]) =>
    Object.entries(fields).map(([field, value]) =>
      field === '$bytes'
        ? assertion(`sizeof(${type}) == ${value}`)
        : assertion(`offsetof(${type}, ${field}) == ${value}`),
    ),
  )
}

function constantAssertions(): string[] {
  return Object.entries(constants)
    .filter(([name]) => !NOT_IN_HEADERS.includes(name))
    .flatMap(([name, value]) => {
      const line = assertion(`${name} == ${value}`)
      return MAY_BE_MISSING.includes(name) ? [`#ifdef ${name}`, line, '#endif'] : [line]
    })
}

test('our layouts are those of the system’s headers', { skip }, () => {
  assert.equal(complaints(layoutAssertions()), '')
})

test('our constants are those of the system’s headers', { skip }, () => {
  assert.ok(Object.keys(constants).length > 50)
  assert.equal(complaints(constantAssertions()), '')
})

test('the numbers that the code names itself are those of the system’s headers', { skip }, () => {
  const lines = Object.entries(NUMBERS).map(([text, value]) =>
    assertion(`(${text}) == ${value >= 2 ** 31 ? `${value}u` : value}`),
  )
  assert.equal(complaints(lines), '')
})

test('a wrong number would be noticed', { skip }, () => {
  assert.match(
    complaints([assertion(`SO_RXQ_OVFL == ${constants.SO_RXQ_OVFL + 1}`)]),
    /SO_RXQ_OVFL/,
  )
  assert.match(complaints([assertion('offsetof(struct iovec, iov_len) == 4')]), /iov_len/)
})
