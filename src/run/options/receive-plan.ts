import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { badOption, TickwireError } from '../../foundation/errors.js'
import { MAX_LINES } from '../../foundation/limits.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import type { BehindPolicy } from '../../handle/behind-policy.js'
import type { OutletChoice } from '../../handle/outlet/outlet.js'
import type { WhenFull } from '../../receive/when-full.js'
import { planRecording, type RecordingPlan } from '../../record/recording-plan.js'
import { MAX_SLOT_BYTES, ringLayout } from '../../ring/layout.js'
import { type Endpoint, parseEndpoint } from '../../transport/endpoint.js'
import { createFraming } from '../../wire/create-framing.js'
import { FRAMING_NAMES, type FramingName } from '../../wire/framing.js'
import type { CountersChoice } from '../memory/run-counters.js'
import { allowedSources } from './allowed-sources.js'
import { planBehind } from './behind-plan.js'
import { type BooksPlan, planBooks } from './books-plan.js'
import type { CaptureFraming } from './capture-options.js'
import { meaningless, readOptions } from './declaration.js'
import { endpointTexts } from './endpoint-names.js'
import { planReceiveFlow, type ReceiveFlowPlan } from './flow-plan.js'
import { planProtocol } from './protocol-plan.js'
import {
  type HandlerThread,
  type IdleMode,
  RECEIVE_OPTIONS,
  type ReceiveOptions,
  type Transport,
} from './receive-options.js'
import { planRecovery, type RecoveryPlan } from './recovery-plan.js'

const DEFAULT_SLOTS = 1024
/** The kernel's mapped ring is the only queue there is, so it takes the place of both. */
const DEFAULT_MAPPED_SLOTS = 8192

/** The same, checked and complete. */
export interface ReceivePlan extends RecoveryPlan, ReceiveFlowPlan {
  /** What the feed is called; null: as its first endpoint. */
  readonly name: string | null
  readonly endpoints: readonly Endpoint[]
  /** Per endpoint the addresses of the only sources; none: any source. */
  readonly allowedSources: readonly (readonly string[])[]
  readonly framing: FramingName
  /** `auto` where each datagram's header says, `none`, or the name of a protocol. */
  readonly protocol: string
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
  readonly handler: HandlerChoice
  readonly handlerThread: HandlerThread
  /** NaN: the total is not known. */
  readonly count: number
  readonly durationMs: number | null
  readonly idleExitMs: number | null
  readonly firstWithinMs: number | null
  readonly idle: IdleMode
  readonly stages: boolean
  /** Null: nothing is noted. */
  readonly profile: ProfilePlan | null
  readonly busyPollUs: number
  /** Null: nothing is recorded. */
  readonly record: RecordingPlan | null
  readonly counters: CountersChoice
  /** Null: no books are built. */
  readonly books: BooksPlan | null
  /** Where an earlier run had come to; null: the feed begins with what comes first. */
  readonly resume: ResumeChoice | null
}

/** What of a plan no option of `receive` says. */
export type OwnPlan = Partial<Pick<ReceivePlan, 'handler' | 'resume'>>

/** What a feed is gone on with: a session by its name, and the sequence that is next in it. */
export interface ResumeChoice {
  readonly session: string
  readonly next: number
}

/** What is noted for `tune`. */
export interface ProfilePlan {
  /** Null: it is written nowhere. */
  readonly file: string | null
  readonly records: number
}

/** Where the handler comes from. */
export type HandlerChoice =
  | { readonly kind: 'iterate' }
  | { readonly kind: 'count'; readonly workNs: number }
  | { readonly kind: 'module'; readonly url: string; readonly workNs: number }
  /** A thread of ours that publishes the feed: messages are copied for it. */
  | ({ readonly kind: 'outlet'; readonly workNs: 0 } & OutletChoice)

/** A framing that a socket's datagrams can have. */
function liveFraming(framing: CaptureFraming): FramingName {
  const found = FRAMING_NAMES.find((name) => name === framing)
  if (found !== undefined) return found
  throw badOption(
    `${optionText('framing', framing)} is for recordings, and no endpoint is one`,
    `Choose one of: ${FRAMING_NAMES.join(', ')}.`,
  )
}

/**
 * What `receive` does, from what its caller says. An option that means nothing beside another is refused.
 *
 * @param options with addresses in its endpoints, or they are refused here
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT, TW_BAD_HANDLER, TW_FILE_NOT_FOUND
 */
export function planReceive(options: ReceiveOptions): ReceivePlan {
  const read = readOptions(options, RECEIVE_OPTIONS)
  const given = { ...read, framing: liveFraming(read.framing) }
  const { framing, transport, gro, handlerThread } = given
  const endpoints = endpointTexts(options).map(parseEndpoint)
  if (endpoints.length === 0 || endpoints.length > MAX_LINES) {
    throw badOption(`${endpoints.length} endpoints were given`, `Give from 1 to ${MAX_LINES}.`)
  }
  const mapped = transport === 'mapped'
  const slots = given.slots ?? (mapped ? DEFAULT_MAPPED_SLOTS : DEFAULT_SLOTS)
  const slotBytes =
    given.slotBytes ?? (gro ? MAX_SLOT_BYTES : createFraming(framing).defaultSlotBytes)
  ringLayout(slots, slotBytes)
  const protocol = planProtocol(given.protocol, framing)
  const plan: ReceivePlan = {
    ...planRecovery(options, given, endpoints),
    ...planReceiveFlow(given, slotBytes),
    name: given.name ?? null,
    endpoints,
    allowedSources: allowedSources(listOf(given.allowSources ?? []), endpoints),
    framing,
    protocol,
    transport,
    slots,
    slotBytes,
    whenFull: given.whenFull,
    behind: planBehind(options, given, slots),
    receiveBufferBytes: given.receiveBufferBytes,
    gro,
    cpu: given.cpu,
    handlerCpu: given.handlerCpu ?? null,
    handler: planHandler(given.handler, given.workNs),
    handlerThread,
    count: given.count ?? Number.NaN,
    durationMs: given.durationMs ?? null,
    idleExitMs: given.idleExitMs ?? null,
    firstWithinMs: given.firstWithinMs ?? null,
    idle: given.idle,
    stages: given.stages,
    profile: planProfile(given.profile, given.profileRecords),
    busyPollUs: given.busyPollUs,
    record: given.record === undefined ? null : planRecording({ ...given, file: given.record }),
    counters: given.counters,
    books: planBooks(options, given, protocol),
    resume: null,
  }
  refuseMeaningless(options, plan)
  refuseCombinations(plan)
  return plan
}

/** Options that were given, and have no meaning beside the others. */
function refuseMeaningless(options: ReceiveOptions, plan: ReceivePlan): void {
  const { transport, handlerThread, handler } = plan
  if (transport === 'mapped' && options.whenFull !== undefined) {
    throw meaningless(
      'whenFull',
      'the ring of the mapped transport is the kernel’s',
      'Leave it out.',
    )
  }
  if (plan.handlerCpu !== null) {
    const remedy = `Use ${optionName('cpu')}, or leave it out.`
    if (transport === 'mapped' || handlerThread === 'inline') {
      throw meaningless('handlerCpu', 'the handler runs in the thread that receives', remedy)
    }
    if (handler.kind === 'iterate') {
      throw meaningless('handlerCpu', 'messages are handled on your own thread', 'Leave it out.')
    }
  }
  for (const name of ['rotateBytes', 'rotateMs', 'fsync', 'force'] as const) {
    if (options[name] === undefined || plan.record !== null) continue
    const remedy = `Add ${optionName('record')}, or leave it out.`
    throw meaningless(name, 'nothing is recorded', remedy)
  }
  if (options.profileRecords !== undefined && plan.profile === null) {
    throw meaningless(
      'profileRecords',
      'nothing is noted',
      `Add ${optionName('profile')}, or leave it out.`,
    )
  }
  if (handler.kind === 'iterate') {
    if (options.workNs !== undefined) {
      throw meaningless('workNs', 'messages are handled on your own thread', 'Leave it out.')
    }
    return
  }
  for (const name of ['onGap', 'onStatus', 'onSkip', 'onTop'] as const) {
    if (options[name] === undefined) continue
    throw meaningless(
      name,
      "a handler module's own method is called",
      'Put it into the handler module, or leave the handler out and iterate.',
    )
  }
}

/** What cannot be done, whichever machine this is. */
function refuseCombinations({ gro, slotBytes, transport, handler, ...plan }: ReceivePlan): void {
  if (gro && slotBytes < MAX_SLOT_BYTES) {
    throw badOption(
      `Slots of ${slotBytes} bytes would cut the coalesced datagrams of ${optionName('gro')}`,
      `Leave ${optionName('slotBytes')} out, or give ${MAX_SLOT_BYTES}.`,
    )
  }
  if (plan.handlerThread === 'inline' && handler.kind === 'iterate') {
    throw badOption(
      'An inline handler needs a handler',
      `Name a module in ${optionName('handler')}, or leave ${optionName('handlerThread')} out.`,
    )
  }
  if (transport === 'mapped' && handler.kind === 'iterate') {
    throw badOption(
      'The mapped transport is read by the thread of a handler module',
      `Name one in ${optionName('handler')}, or use ${optionText('transport', 'socket')} to iterate.`,
    )
  }
  if (transport !== 'portable') return
  const refuse = (what: string, instead: string) => {
    throw badOption(
      `The portable transport ${what}`,
      `Use ${optionText('transport', 'socket')}, or ${instead}.`,
    )
  }
  if (plan.recover !== undefined) {
    refuse('cannot request lost messages', `leave ${optionName('recover')} out`)
  }
  if (plan.handlerThread === 'inline') {
    refuse('cannot run its handler inline', optionText('handlerThread', 'own'))
  }
}

function planProfile(profile: unknown, records: number): ProfilePlan | null {
  if (profile === undefined || profile === false) return null
  if (profile === true) return { file: null, records }
  if (typeof profile === 'string' && profile !== '') return { file: profile, records }
  throw badOption(
    `${optionName('profile')} is neither a file nor true or false`,
    'Give the path of a file to write.',
  )
}

function listOf(texts: string | readonly string[]): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts
}

function planHandler(handler: unknown, workNs: number): HandlerChoice {
  if (handler === undefined) return { kind: 'iterate' }
  if (handler === null) return { kind: 'count', workNs }
  if (!(handler instanceof URL || typeof handler === 'string')) throw noModule(handler)
  const url =
    handler instanceof URL || handler.startsWith('file:')
      ? new URL(handler)
      : pathToFileURL(resolve(handler))
  if (url.protocol !== 'file:') {
    throw badOption(
      `The handler ${url.href} is no file`,
      'Give the path of a module, or a file: URL.',
    )
  }
  return { kind: 'module', url: handlerFile(fileURLToPath(url)), workNs }
}

/** A handler runs in another thread, where no function and no object of this one can go. */
function noModule(handler: unknown): TickwireError {
  const what = typeof handler === 'function' ? 'a function' : 'an object'
  return new TickwireError(
    'TW_BAD_HANDLER',
    `The handler is ${what}, and handlers run in a thread of their own, where it cannot go`,
    'Give the path of a module whose default export it is: handler: new URL("./handler.js", import.meta.url). Or leave handler out, and iterate over the feed on this thread: for await (const batch of feed) while (batch.next()) …',
  )
}

/** @returns its URL */
function handlerFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() === true) return pathToFileURL(path).href
  if (found?.isDirectory() === true) {
    const index = ['index.js', 'index.mjs', 'index.ts'].find((name) =>
      statSync(resolve(path, name), { throwIfNoEntry: false })?.isFile(),
    )
    throw new TickwireError(
      'TW_BAD_HANDLER',
      `The handler module ${path} is a folder`,
      `Name the file in it${index === undefined ? '' : `: ${resolve(path, index)}`}.`,
    )
  }
  throw new TickwireError(
    'TW_FILE_NOT_FOUND',
    `The handler module ${path} is not there`,
    'Give the path of a JavaScript module, relative to the current folder.',
  )
}
