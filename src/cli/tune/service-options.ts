import type { Command } from 'commander'
import {
  HANDLER_THREADS,
  type HandlerThread,
  IDLE_MODES,
  type IdleMode,
  type ReceiveOptions,
  TRANSPORTS,
  type Transport,
} from '../../run/options/receive-options.js'
import type { FramingName } from '../../wire/framing.js'
import { choiceOption, cpuChoice, listOption, numberOption } from '../options.js'

/** The options of `receive` that decide how long a handler is busy, and what reaches it. */
export interface ServiceFlags {
  readonly framing?: FramingName
  readonly transport?: Transport
  readonly slots?: number
  readonly slotBytes?: number
  readonly receiveBufferBytes?: number
  readonly gro?: boolean
  readonly cpu?: number
  readonly handlerCpu?: number
  readonly pin: boolean
  readonly handler?: string
  readonly handlerThread?: HandlerThread
  readonly workNs?: number
  readonly idle?: IdleMode
  readonly allowSource?: readonly string[]
  readonly session?: string
  readonly durationMs?: number
  readonly profileRecords?: number
}

const DEFAULT_DURATION_MS = 5000
/** 64 MiB: enough for five seconds of a fast feed. */
const DEFAULT_RECORDS = 2 ** 21

/** Flags that mean something for live traffic alone. */
export const LIVE_FLAGS = {
  transport: '--transport',
  slots: '--slots',
  receiveBufferBytes: '--receive-buffer-bytes',
  gro: '--gro',
  cpu: '--cpu',
  handlerCpu: '--handler-cpu',
  handler: '--handler',
  handlerThread: '--handler-thread',
  workNs: '--work-ns',
  idle: '--idle',
  allowSource: '--allow-source',
  session: '--session',
  durationMs: '--duration-ms',
  profileRecords: '--profile-records',
} as const satisfies Partial<Record<keyof ServiceFlags, string>>

/** Without defaults, so that it shows what was given. */
export function addServiceOptions(command: Command): Command {
  return command
    .addOption(numberOption('--duration-ms <n>', 'how long to measure (default: 5000)'))
    .option('--handler <file>', 'module that handles messages (default: they are counted)')
    .addOption(numberOption('--work-ns <n>', 'nanoseconds to spend on each message (default: 0)'))
    .addOption(choiceOption('--handler-thread <which>', 'where the handler runs', HANDLER_THREADS))
    .addOption(choiceOption('--transport <name>', 'way into the process', TRANSPORTS))
    .addOption(numberOption('--slots <n>', 'ring to measure with (default: 32768; mapped: 8192)'))
    .addOption(numberOption('--receive-buffer-bytes <n>', 'kernel socket buffer to ask for'))
    .option('--gro', 'let the kernel glue equal datagrams together')
    .addOption(numberOption('--cpu <n>', 'CPU for the receiver (default: 0)'))
    .addOption(numberOption('--handler-cpu <n>', 'CPU for the handler (default: not pinned)'))
    .option('--no-pin', 'pin no thread')
    .addOption(choiceOption('--idle <how>', 'how hot threads wait', IDLE_MODES))
    .addOption(listOption('--allow-source <address>', 'only sender to listen to'))
    .option('--session <id>', 'the session to receive (default: any)')
    .addOption(numberOption('--profile-records <n>', 'slots to note at most (default: 2097152)'))
}

/** What `receive` is told. */
export function serviceOptions(flags: ServiceFlags, endpoint: string): ReceiveOptions {
  const { pin, allowSource, durationMs, profileRecords } = flags
  return {
    endpoints: endpoint,
    framing: flags.framing,
    transport: flags.transport,
    slots: flags.slots,
    slotBytes: flags.slotBytes,
    receiveBufferBytes: flags.receiveBufferBytes,
    gro: flags.gro,
    cpu: cpuChoice(pin, flags.cpu),
    handlerCpu: pin ? flags.handlerCpu : null,
    handler: flags.handler ?? null,
    handlerThread: flags.handlerThread,
    workNs: flags.workNs,
    idle: flags.idle,
    allowSources: allowSource,
    session: flags.session,
    durationMs: durationMs ?? DEFAULT_DURATION_MS,
    profileRecords: profileRecords ?? DEFAULT_RECORDS,
  }
}
