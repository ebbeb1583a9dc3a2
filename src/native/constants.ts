/**
 * Numbers of the Linux ABI on x86-64 and arm64 (both use the generic tables): `asm-generic/socket.h`,
 * `linux/udp.h`, `linux/in.h`, `linux/in6.h`, `linux/time.h`.
 */
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_PACKET = 17
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0x800
export const SOCK_CLOEXEC = 0x80000

export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_REUSEPORT = 15
export const SO_TIMESTAMPNS = 35
export const SO_ATTACH_FILTER = 26
export const SO_RXQ_OVFL = 40
export const SO_BUSY_POLL = 46
export const SO_MEMINFO = 55
/** Index of the bytes that wait, as the kernel counts them, in the u32 array that SO_MEMINFO fills. */
export const SK_MEMINFO_RMEM_ALLOC = 0
/** Index of the drop counter in the u32 array that SO_MEMINFO fills (`linux/sock_diag.h`). */
export const SK_MEMINFO_DROPS = 8
export const SK_MEMINFO_VARS = 9

export const SOL_PACKET = 263
export const PACKET_RX_RING = 5
export const PACKET_STATISTICS = 6
export const PACKET_VERSION = 10
export const PACKET_VNET_HDR = 15
export const PACKET_IGNORE_OUTGOING = 23
export const TPACKET_V2 = 1
export const ETH_P_IP = 0x0800
export const ETH_P_IPV6 = 0x86dd
export const PROT_READ = 1
export const PROT_WRITE = 2
export const MAP_SHARED = 1
export const MAP_PRIVATE = 2
export const MAP_FIXED = 0x10
export const MAP_ANONYMOUS = 0x20
export const MAP_NORESERVE = 0x4000
export const MAP_LOCKED = 0x2000
export const MAP_POPULATE = 0x8000

export const IPPROTO_IP = 0
export const IP_RECVERR = 11
export const IP_MULTICAST_IF = 32
export const IP_MULTICAST_TTL = 33
export const IP_MULTICAST_ALL = 49
export const IPPROTO_IPV6 = 41
export const IPV6_RECVERR = 25
export const IPV6_MULTICAST_IF = 17
export const IPV6_MULTICAST_HOPS = 18
export const IPV6_V6ONLY = 26
export const IPV6_MULTICAST_ALL = 29
/** Protocol-independent joins (RFC 3678): one shape for IPv4 and IPv6. */
export const MCAST_JOIN_GROUP = 42
export const MCAST_LEAVE_GROUP = 45
export const MCAST_JOIN_SOURCE_GROUP = 46
export const MCAST_LEAVE_SOURCE_GROUP = 47

export const SOL_UDP = 17
export const UDP_SEGMENT = 103
export const UDP_GRO = 104
/** Segments that the kernel takes in one send (`UDP_MAX_SEGMENTS`, linux/udp.h; 128 since 6.9). */
export const UDP_MAX_SEGMENTS = 64

export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const MSG_ERRQUEUE = 0x2000

export const POLLIN = 0x1
export const POLLOUT = 0x4

/** Of pipe2(2); the same bits as SOCK_NONBLOCK and SOCK_CLOEXEC. */
export const O_NONBLOCK = 0x800
export const O_CLOEXEC = 0x80000

/** fcntl(2): a second descriptor that no child process inherits. */
export const F_DUPFD_CLOEXEC = 1030

export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1
export const CLOCK_THREAD_CPUTIME_ID = 3

export const EPERM = 1
export const EINTR = 4
export const EIO = 5
export const EAGAIN = 11
export const EINVAL = 22
export const EMSGSIZE = 90
export const ENETUNREACH = 101
export const ENOBUFS = 105
export const ECONNREFUSED = 111
export const EHOSTUNREACH = 113
