import {
  createProfileMemory,
  PROFILE_COST,
  ProfileRecorder,
} from '../../account/profile/profile-recorder.js'
import type { ProfileMemories } from '../../account/profile/service-profile.js'
import type { SessionEpoch } from '../../foundation/clock.js'
import { createClock, type ThreadClock } from '../../native/create-clock.js'
import type { ReceiveProfile } from '../../receive/discard.js'
import { createRing } from '../../ring/layout.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import type { ReceivePlan } from '../options/receive-plan.js'
import { pauseForCompiler } from '../rehearsal/pause-for-compiler.js'

/** Records for what is discarded where only the end of a run does that. */
const FEW_RECORDS = 4096
/** A measurement of what noting costs. */
const ROUNDS = 32
const ROUND_RECORDS = 512
const SCRATCH_SLOTS = 64
const SCRATCH_SLOT_BYTES = 64

/** What all threads of a run note in; null if nothing is. */
export function createProfileMemories(plan: ReceivePlan): ProfileMemories | null {
  if (plan.profile === null) return null
  const { records } = plan.profile
  const thrownAway = plan.whenFull === 'wait' ? Math.min(FEW_RECORDS, records) : records
  return {
    handled: createProfileMemory(records),
    thrownAway: plan.endpoints.map(() => createProfileMemory(thrownAway)),
  }
}

/** What the receiver of a line notes; undefined: nothing. For the thread that receives. */
export function receiveProfile(
  memories: ProfileMemories | null,
  line: number,
  epoch: SessionEpoch,
): ReceiveProfile | undefined {
  if (memories === null) return undefined
  const thrownAway = new ProfileRecorder(memories.thrownAway[line])
  return { clock: createClock(epoch), epoch, thrownAway, line }
}

/** Measures what noting a slot costs the thread that handles it, and puts that into its memory. */
export function measureHandlerCost(memory: SharedArrayBuffer, epoch: SessionEpoch): void {
  const recorder = new ProfileRecorder(createProfileMemory(ROUNDS * ROUND_RECORDS))
  const clock = createClock(epoch)
  putCost(memory, clock, () => noteRound(recorder, clock))
}

/** Measures what noting costs a receiver with each receive call, and puts that into its memory. */
export function measureReceiverCost(memory: SharedArrayBuffer, epoch: SessionEpoch): void {
  const producer = new SlotProducer(createRing(SCRATCH_SLOTS, SCRATCH_SLOT_BYTES))
  const clock = createClock(epoch)
  putCost(memory, clock, () => stampRound(producer, clock))
}

/** One slot in each batch, which is the dearest. */
function noteRound(recorder: ProfileRecorder, clock: ThreadClock): void {
  for (let i = 0; i < ROUND_RECORDS; i++) {
    recorder.arrivedNs = clock.ns
    recorder.pushedNs = clock.ns
    recorder.note(1, SCRATCH_SLOT_BYTES, 1, 0)
    recorder.releasedNs = clock.ns
    recorder.release()
  }
}

function stampRound(producer: SlotProducer, clock: ThreadClock): void {
  for (let i = 0; i < ROUND_RECORDS; i++) {
    clock.read()
    producer.pushedNs = clock.ns
    producer.stampPushed(1)
  }
}

/** Of several rounds the fastest counts: the first are not compiled, and others use this core too. */
function putCost(memory: SharedArrayBuffer, clock: ThreadClock, round: () => void): void {
  let leastNs = Number.POSITIVE_INFINITY
  for (let i = 0; i < ROUNDS; i++) {
    const startNs = clock.monotonicNs()
    round()
    leastNs = Math.min(leastNs, clock.monotonicNs() - startNs)
    if (i === ROUNDS / 2) pauseForCompiler()
  }
  new Float64Array(memory)[PROFILE_COST] = leastNs / ROUND_RECORDS
}
