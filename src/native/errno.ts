import { type ErrorCode, TickwireError } from '../foundation/errors.js'

/** `asm-generic/errno-base.h` and `errno.h`: the ones that sockets and threads meet. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  4: 'EINTR',
  5: 'EIO',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  19: 'ENODEV',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  90: 'EMSGSIZE',
  92: 'ENOPROTOOPT',
  93: 'EPROTONOSUPPORT',
  95: 'EOPNOTSUPP',
  97: 'EAFNOSUPPORT',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  101: 'ENETUNREACH',
  105: 'ENOBUFS',
  111: 'ECONNREFUSED',
  113: 'EHOSTUNREACH',
}

interface Explanation {
  readonly code: ErrorCode
  readonly remedy: string
}

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  EADDRINUSE: {
    code: 'TW_PORT_IN_USE',
    remedy: 'Stop the program that holds the port (ss -ulpn shows it), or choose another port.',
  },
  EADDRNOTAVAIL: {
    code: 'TW_ADDRESS_NOT_LOCAL',
    remedy: 'Use an address of this machine (ip address lists them), or 0.0.0.0 or [::] for all.',
  },
  EACCES: {
    code: 'TW_PERMISSION',
    remedy: 'Use a port above 1023, or give the program the capability that the call needs.',
  },
  EPERM: {
    code: 'TW_PERMISSION',
    remedy: 'Give the program the capability that the call needs, or look at the firewall.',
  },
  EMSGSIZE: {
    code: 'TW_MESSAGE_TOO_LONG',
    remedy: 'Put fewer messages into a datagram; UDP carries at most 65,507 bytes over IPv4.',
  },
  ENETUNREACH: {
    code: 'TW_UNREACHABLE',
    remedy: 'Check the route to the address (ip route get ADDRESS) and the interface.',
  },
  EHOSTUNREACH: {
    code: 'TW_UNREACHABLE',
    remedy: 'Check the route to the address (ip route get ADDRESS) and the host.',
  },
  ENODEV: {
    code: 'TW_NO_SUCH_INTERFACE',
    remedy: 'Name an interface of this machine that can do multicast (ip link lists them).',
  },
  EAFNOSUPPORT: {
    code: 'TW_NOT_SUPPORTED',
    remedy: 'This kernel lacks the address family: use the other IP version.',
  },
}

/** The kernel's answer to whoever sends to all hosts of a network without having asked to (SO_BROADCAST). */
const BROADCAST: Explanation = {
  code: 'TW_PERMISSION',
  remedy:
    'Send to one host or to a group: broadcast addresses are not sent to. Else look at the firewall.',
}

/** The symbolic name of an error number, for example `EADDRINUSE` for 98. */
export function errnoName(errno: number): string {
  return NAMES[errno] ?? `errno ${errno}`
}

/** The error for a failed system call. `what` says what was being done and with which values. */
export function systemError(call: string, errno: number | string, what: string): TickwireError {
  const name = typeof errno === 'string' ? errno : errnoName(errno)
  const known = call !== 'bind' && name === 'EACCES' ? BROADCAST : EXPLANATIONS[name]
  return new TickwireError(
    known?.code ?? 'TW_SYSTEM',
    `${what}: ${call} failed with ${name}`,
    known?.remedy ?? `See the manual page of ${call}(2) for ${name}.`,
  )
}
