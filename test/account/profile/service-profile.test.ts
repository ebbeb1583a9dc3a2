import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createProfileMemory,
  ProfileRecorder,
} from '../../../src/account/profile/profile-recorder.js'
import { collectLines } from '../../../src/account/profile/service-profile.js'

/** Notes slots that were pushed at these times, and releases them together at the end. */
function note(
  recorder: ProfileRecorder,
  pushed: readonly number[],
  line: number,
  released: number,
) {
  for (const time of pushed) {
    recorder.arrivedNs = time - 1
    recorder.pushedNs = time
    recorder.note(1, 29, 1, line)
  }
  recorder.releasedNs = released
  recorder.release()
}

function throwAway(recorder: ProfileRecorder, pushed: readonly number[], line: number) {
  for (const time of pushed) {
    recorder.arrivedNs = time - 1
    recorder.pushedNs = time
    recorder.noteThrownAway(2, 58, 1, line)
  }
}

test('a slot that was noted is in the profile when it has been released', () => {
  const handled = createProfileMemory(8)
  const recorder = new ProfileRecorder(handled)
  const memories = { handled, thrownAway: [createProfileMemory(1)] }
  recorder.arrivedNs = 5
  recorder.pushedNs = 6
  recorder.note(3, 87, 2, 0)
  assert.equal(collectLines(memories, [0]).lines[0].length, 0)
  recorder.releasedNs = 9
  recorder.release()
  const [line] = collectLines(memories, [4]).lines
  assert.deepEqual(
    [line.arrivedNs[0], line.pushedNs[0], line.releasedNs[0], line.messages[0]],
    [5, 6, 9, 3],
  )
  assert.deepEqual([line.payloadBytes[0], line.datagrams[0], line.kernelDrops], [87, 2, 4])
})

test('what was discarded stands where it came, on each line', () => {
  const handled = createProfileMemory(8)
  const thrownAway = [createProfileMemory(8), createProfileMemory(8)]
  const recorder = new ProfileRecorder(handled)
  note(recorder, [10, 40], 0, 50)
  note(recorder, [20], 1, 55)
  note(recorder, [60], 0, 70)
  throwAway(new ProfileRecorder(thrownAway[0]), [45, 46, 90], 0)
  throwAway(new ProfileRecorder(thrownAway[1]), [15], 1)
  const { lines, missed } = collectLines({ handled, thrownAway }, [null, 0])
  assert.equal(missed, 0)
  assert.deepEqual([...lines[0].pushedNs], [10, 40, 45, 46, 60, 90])
  assert.deepEqual([...lines[0].releasedNs], [50, 50, NaN, NaN, 70, NaN])
  assert.deepEqual([...lines[0].messages], [1, 1, 2, 2, 1, 2])
  assert.deepEqual([...lines[1].pushedNs], [15, 20])
  assert.equal(lines[0].kernelDrops, null)
})

test('a full memory ends the profile for all threads at the same moment', () => {
  const handled = createProfileMemory(8)
  const thrownAway = [createProfileMemory(2)]
  note(new ProfileRecorder(handled), [10, 20, 30, 40], 0, 50)
  // The last two find no room: what came after 25 is not known in full.
  throwAway(new ProfileRecorder(thrownAway[0]), [15, 25, 35, 45], 0)
  const { lines, missed } = collectLines({ handled, thrownAway }, [0])
  assert.deepEqual([...lines[0].pushedNs], [10, 15, 20, 25])
  assert.equal(missed, 4)
})

test('a recorder that goes on where another stopped keeps what there is', () => {
  const handled = createProfileMemory(3)
  note(new ProfileRecorder(handled), [1, 2], 0, 5)
  note(new ProfileRecorder(handled), [3, 4], 0, 6)
  const { lines, missed } = collectLines({ handled, thrownAway: [createProfileMemory(1)] }, [0])
  assert.deepEqual([...lines[0].pushedNs], [1, 2, 3])
  assert.equal(missed, 1)
})
