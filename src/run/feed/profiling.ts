import { LINE } from '../../account/line-counters.js'
import { encodeProfile } from '../../account/profile/profile-format.js'
import {
  PROFILE_COUNT,
  PROFILE_MISSED,
  profileCapacity,
} from '../../account/profile/profile-recorder.js'
import { collectLines, costIn, type ServiceProfile } from '../../account/profile/service-profile.js'
import { TickwireError } from '../../foundation/errors.js'
import type { OutputFile } from '../../foundation/output-file.js'
import { createClock, type ThreadClock } from '../../native/create-clock.js'
import { type FeedData, lineCountersOf } from '../memory/feed-data.js'
import { unexpected } from './handler-errors.js'

/** What was noted for `tune`, as a report tells it. */
export interface ProfileReport {
  /** Null: it is written nowhere. */
  readonly file: string | null
  /** Slots that were noted, those of datagrams that were discarded among them. */
  readonly records: number
  /** That there is room for. */
  readonly capacity: number
  /** Whether more came than there was room for, and how many that were. */
  readonly truncated: boolean
  readonly missed: number
  /** By how much the wall clock was set during the run. */
  readonly clockStepNs: number
  /** What noting cost, measured before the run: ns per slot when handled, ns per receive call. */
  readonly costNs: { readonly handler: number | null; readonly receiver: number | null }
}

/**
 * The profile of a run, for the thread that started it. Made before the run, so that it sees whether the
 * wall clock was set meanwhile: all times are by that clock, since the kernel's time stamps are.
 */
export class Profiling {
  readonly #data: FeedData
  readonly #file: OutputFile | undefined
  readonly #clock: ThreadClock
  readonly #offsetNs: number

  /** @param file where `save` writes; undefined: nowhere */
  constructor(data: FeedData, file: OutputFile | undefined) {
    this.#data = data
    this.#file = file
    this.#clock = createClock(data.epoch)
    this.#offsetNs = this.#offset()
  }

  /** What has been noted so far; null if nothing is. Takes time and memory: for after the run. */
  profile(): ServiceProfile | null {
    const { profile, plan, transport, epoch, lines } = this.#data
    // Nobody notes anything about a recording, or about a stream.
    if (profile === null || transport === 'capture' || transport === 'nats') return null
    const drops = lines.map((_, line) =>
      transport === 'portable' ? null : lineCountersOf(this.#data, line)[LINE.kernelDrops],
    )
    return {
      transport,
      framing: plan.framing,
      inline: this.#data.single && transport !== 'mapped',
      epochSeconds: epoch.unixSeconds,
      slots: plan.slots,
      slotBytes: plan.slotBytes,
      clockStepNs: this.#stepNs(),
      costNs: { handler: costIn(profile.handled), receiver: costIn(profile.thrownAway[0]) },
      ...collectLines(profile, drops),
    }
  }

  /** What a report says of it. */
  report(): ProfileReport | null {
    const { profile, plan } = this.#data
    if (profile === null || plan.profile === null) return null
    const memories = [profile.handled, ...profile.thrownAway]
    const missed = sumOf(memories, (memory) => new Float64Array(memory)[PROFILE_MISSED])
    return {
      file: plan.profile.file,
      records: sumOf(memories, (memory) => new Float64Array(memory)[PROFILE_COUNT]),
      capacity: profileCapacity(profile.handled),
      truncated: missed > 0,
      missed,
      clockStepNs: this.#stepNs(),
      costNs: {
        handler: costIn(profile.handled) || null,
        receiver: costIn(profile.thrownAway[0]) || null,
      },
    }
  }

  /**
   * Writes the file, if there is one to write.
   *
   * @returns what went wrong
   */
  save(): TickwireError | undefined {
    const profile = this.#file === undefined ? null : this.profile()
    if (profile === null) return undefined
    try {
      this.#file?.write(encodeProfile(profile))
      return undefined
    } catch (error) {
      return error instanceof TickwireError ? error : unexpected(error)
    }
  }

  #stepNs(): number {
    return this.#offset() - this.#offsetNs
  }

  /** How far the wall clock is ahead of the monotonic one. */
  #offset(): number {
    const beforeNs = this.#clock.monotonicNs()
    this.#clock.read()
    return this.#clock.ns - (beforeNs + this.#clock.monotonicNs()) / 2
  }
}

function sumOf(
  memories: readonly SharedArrayBuffer[],
  value: (memory: SharedArrayBuffer) => number,
): number {
  return memories.reduce((sum, memory) => sum + value(memory), 0)
}
