import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MAX_PROFILE_RECORDS } from '../../account/profile/profile-recorder.js'
import { type ErrorCode, TickwireError } from '../../foundation/errors.js'
import { MAX_LINES } from '../../foundation/limits.js'
import type { BehindPolicy } from '../../handle/behind-policy.js'
import type { FeedStatus, Gap, Skip } from '../../handle/handler.js'
import { WHEN_FULL, type WhenFull } from '../../receive/receive-loop.js'
import { MAX_SLOT_BYTES, ringLayout } from '../../ring/layout.js'
import { DEFAULT_ENDPOINT, type Endpoint, parseEndpoint } from '../../transport/endpoint.js'
import { createFraming } from '../../wire/create-framing.js'
import { FRAMING_NAMES, type FramingName } from '../../wire/framing.js'
import type { FeedAlarm } from '../feed/feed-alarm.js'
import { allowedSources } from './allowed-sources.js'
import { type BehindOptions, planBehind } from './behind-options.js'
import { oneOf, optionalCpu, optionalWhole, whole } from './checks.js'
import { planReceiveFlow, type ReceiveFlowOptions, type ReceiveFlowPlan } from './flow-options.js'
import { planRecovery, type RecoveryOptions, type RecoveryPlan } from './recovery-options.js'

export const TRANSPORTS = ['auto', 'socket', 'mapped', 'portable'] as const
export type Transport = (typeof TRANSPORTS)[number]
export const IDLE_MODES = ['auto', 'spin', 'park'] as const
export type IdleMode = (typeof IDLE_MODES)[number]
export const HANDLER_THREADS = ['own', 'inline'] as const
export type HandlerThread = (typeof HANDLER_THREADS)[number]

const DEFAULT_SLOTS = 1024
/** The kernel's mapped ring is the only queue there is, so it takes the place of both. */
const DEFAULT_MAPPED_SLOTS = 8192
const DEFAULT_RECEIVE_BUFFER_BYTES = 4194304
const MAX_RECEIVE_BUFFER_BYTES = 2 ** 30
/** 32 MiB. */
const DEFAULT_PROFILE_RECORDS = 2 ** 20

/** How to receive a feed. Everything has a default. */
export interface ReceiveOptions extends RecoveryOptions, BehindOptions, ReceiveFlowOptions {
  /** Endpoint URLs; two or more are lines of one feed. Default `udp://127.0.0.1:9001`. */
  readonly endpoints?: string | readonly string[] | undefined
  /**
   * Addresses of the only senders to listen to, beside the `source` of an endpoint. What comes from
   * others is counted and not looked at. Default: any.
   */
  readonly allowSources?: string | readonly string[] | undefined
  /** How messages lie in a datagram. Default `raw`: 29-byte messages, one or more. */
  readonly framing?: FramingName | undefined
  /** Default `auto`: `socket` on Linux, else `portable`; `mapped` needs CAP_NET_RAW. */
  readonly transport?: Transport | undefined
  /** Ring capacity in datagrams, a power of two. Default 1,024; `mapped`: 8,192. */
  readonly slots?: number | undefined
  /** Room for one datagram. Default by framing. */
  readonly slotBytes?: number | undefined
  /** What the receiver does when the ring is full. Default `wait`. */
  readonly whenFull?: WhenFull | undefined
  /** Kernel socket buffer to ask for. Default 4 MiB. */
  readonly receiveBufferBytes?: number | undefined
  /** Let the kernel glue equal datagrams together (UDP_GRO); slots must hold 64 KiB. Default false. */
  readonly gro?: boolean | undefined
  /** CPU for the first receiver, the next lines on the next ones; null: not pinned. Default 0. */
  readonly cpu?: number | null | undefined
  /** CPU for the handler's thread; null (the default): not pinned. */
  readonly handlerCpu?: number | null | undefined
  /**
   * A module whose default export handles messages in a thread of its own: a path or a file URL. Null:
   * messages are only counted. Left out: the caller iterates over the feed on its own thread.
   */
  readonly handler?: string | URL | null | undefined
  /** `inline` runs the handler in the receiver's thread. Default `own`. */
  readonly handlerThread?: HandlerThread | undefined
  /** Nanoseconds to spend on each message, to study backpressure. Default 0. */
  readonly workNs?: number | undefined
  /** Stop after this many messages are accounted for; the total is then known. */
  readonly count?: number | undefined
  /** Stop after this time. */
  readonly durationMs?: number | undefined
  /** Stop after this long without a datagram, once the first has come. */
  readonly idleExitMs?: number | undefined
  /** How hot threads wait. Default `auto`: spin where each has a core, else park. */
  readonly idle?: IdleMode | undefined
  /** Time each stage of a message's way: to the kernel, to the ring's end, to the handler. Default false. */
  readonly stages?: boolean | undefined
  /**
   * Note for `tune` when each slot came and was given back, and write that to a file at the end; true: only
   * keep it, for `profile()`. Default false.
   */
  readonly profile?: string | boolean | undefined
  /** Slots that are noted at most, 32 bytes each; what comes then is counted. Default 1,048,576. */
  readonly profileRecords?: number | undefined
  /** Microseconds for which the kernel may poll the device itself (SO_BUSY_POLL). Default 0. */
  readonly busyPollUs?: number | undefined
  /** Ends the run, as `stop()` does. */
  readonly signal?: AbortSignal | undefined
  /** Told once of each thing that is not as asked for, in a sentence with its remedy. */
  readonly onWarning?: ((warning: string) => void) | undefined
  /** Told, on this thread and within some 200 ms, of lines and feeds that fall silent or behind. */
  readonly onAlarm?: ((alarm: FeedAlarm) => void) | undefined
  /** For iteration: told of messages that will never come. Valid only during the call. */
  readonly onGap?: ((gap: Gap) => void) | undefined
  /** For iteration: told of alarms and sessions. Valid only during the call. */
  readonly onStatus?: ((status: FeedStatus) => void) | undefined
  /** For iteration: told of messages that were passed over. Valid only during the call. */
  readonly onSkip?: ((skip: Skip) => void) | undefined
}

/** The same, checked and complete. */
export interface ReceivePlan extends RecoveryPlan, ReceiveFlowPlan {
  readonly endpoints: readonly Endpoint[]
  /** Per endpoint the addresses of the only sources; none: any source. */
  readonly allowedSources: readonly (readonly string[])[]
  readonly framing: FramingName
  readonly transport: Transport
  readonly slots: number
  readonly slotBytes: number
  readonly whenFull: WhenFull
  readonly behind: BehindPolicy
  readonly receiveBufferBytes: number
  readonly gro: boolean
  /** Undefined: the caller did not say, so another CPU may be taken if 0 is not allowed. */
  readonly cpu: number | null | undefined
  readonly handlerCpu: number | null
  readonly handler: HandlerSource
  readonly handlerThread: HandlerThread
  readonly count: number
  readonly durationMs: number
  readonly idleExitMs: number
  readonly idle: IdleMode
  readonly stages: boolean
  /** Null: nothing is noted. */
  readonly profile: ProfilePlan | null
  readonly busyPollUs: number
}

/** What is noted for `tune`. */
export interface ProfilePlan {
  /** Null: it is written nowhere. */
  readonly file: string | null
  readonly records: number
}

/** Where the handler comes from. */
export type HandlerSource =
  | { readonly kind: 'iterate' }
  | { readonly kind: 'count'; readonly workNs: number }
  | { readonly kind: 'module'; readonly url: string; readonly workNs: number }

/**
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT, TW_FILE_NOT_FOUND
 */
export function planReceive(options: ReceiveOptions): ReceivePlan {
  const framing = oneOf('framing', options.framing ?? 'raw', FRAMING_NAMES)
  const endpoints = listOf(options.endpoints ?? DEFAULT_ENDPOINT).map(parseEndpoint)
  if (endpoints.length === 0 || endpoints.length > MAX_LINES) {
    throw bad(`${endpoints.length} endpoints were given`, `Give from 1 to ${MAX_LINES}.`)
  }
  const mapped = options.transport === 'mapped'
  const slots = options.slots ?? (mapped ? DEFAULT_MAPPED_SLOTS : DEFAULT_SLOTS)
  const gro = options.gro ?? false
  const slotBytes =
    options.slotBytes ?? (gro ? MAX_SLOT_BYTES : createFraming(framing).defaultSlotBytes)
  ringLayout(slots, slotBytes)
  const plan: ReceivePlan = {
    ...planRecovery(options, framing, endpoints.length),
    ...planReceiveFlow(options, framing, slotBytes),
    endpoints,
    allowedSources: allowedSources(listOf(options.allowSources ?? []), endpoints),
    framing,
    transport: oneOf('transport', options.transport ?? 'auto', TRANSPORTS),
    slots,
    slotBytes,
    whenFull: oneOf('when-full', options.whenFull ?? 'wait', WHEN_FULL),
    behind: planBehind(options, framing, slots),
    receiveBufferBytes: whole(
      'receive-buffer-bytes',
      options.receiveBufferBytes ?? DEFAULT_RECEIVE_BUFFER_BYTES,
      1,
      MAX_RECEIVE_BUFFER_BYTES,
    ),
    gro,
    cpu: optionalCpu('cpu', options.cpu),
    handlerCpu: optionalCpu('handler-cpu', options.handlerCpu) ?? null,
    handler: handlerSource(options),
    handlerThread: oneOf('handler-thread', options.handlerThread ?? 'own', HANDLER_THREADS),
    count: optionalWhole('count', options.count, 1),
    durationMs: optionalWhole('duration-ms', options.durationMs, 1),
    idleExitMs: optionalWhole('idle-exit-ms', options.idleExitMs, 1),
    idle: oneOf('idle', options.idle ?? 'auto', IDLE_MODES),
    stages: options.stages ?? false,
    profile: planProfile(options),
    busyPollUs: whole('busy-poll-us', options.busyPollUs ?? 0, 0, 1e6),
  }
  if (gro && slotBytes < MAX_SLOT_BYTES) {
    throw bad(
      `Slots of ${slotBytes} bytes would cut the trains of --gro`,
      `Leave --slot-bytes out, or give ${MAX_SLOT_BYTES}.`,
    )
  }
  if (plan.handlerThread === 'inline' && plan.handler.kind === 'iterate') {
    throw bad('An inline handler needs a handler', 'Name one, or leave handlerThread out.')
  }
  if (plan.transport === 'mapped' && plan.handler.kind === 'iterate') {
    throw bad(
      'The mapped transport is read by the thread of a handler module',
      'Name a handler, or use the socket transport to iterate.',
    )
  }
  if (plan.recover !== undefined && plan.transport === 'portable') {
    throw bad(
      'The portable transport cannot ask for lost messages',
      'Use --transport socket, or leave --recover out.',
    )
  }
  if (plan.handlerThread === 'inline' && plan.transport === 'portable') {
    throw bad(
      'The portable transport cannot run its handler inline',
      'Use --handler-thread own, or --transport socket.',
    )
  }
  return plan
}

function planProfile({ profile = false, profileRecords }: ReceiveOptions): ProfilePlan | null {
  const asked = profileRecords ?? DEFAULT_PROFILE_RECORDS
  const records = whole('profile-records', asked, 1, MAX_PROFILE_RECORDS)
  if (profile === false) return null
  return { file: profile === true ? null : profile, records }
}

function listOf(texts: string | readonly string[]): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts
}

function handlerSource(options: ReceiveOptions): HandlerSource {
  const workNs = whole('work-ns', options.workNs ?? 0, 0)
  if (options.handler === undefined) return { kind: 'iterate' }
  if (options.handler === null) return { kind: 'count', workNs }
  const url =
    options.handler instanceof URL || options.handler.startsWith('file:')
      ? new URL(options.handler)
      : pathToFileURL(resolve(options.handler))
  const path = fileURLToPath(url)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new TickwireError(
      'TW_FILE_NOT_FOUND',
      `The handler module ${path} is not there`,
      'Give the path of a JavaScript module, relative to the current folder.',
    )
  }
  return { kind: 'module', url: url.href, workNs }
}

function bad(what: string, remedy: string, code: ErrorCode = 'TW_BAD_OPTION'): TickwireError {
  return new TickwireError(code, what, remedy)
}
