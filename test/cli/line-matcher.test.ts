import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineMatcher } from '../../src/cli/compare/line-matcher.js'

const MS = 1e6

/** What a line brings of each message: when, or undefined. */
type Arrivals = readonly (number | undefined)[]

function matched(a: Arrivals, b: Arrivals, at = 1): LineMatcher {
  const matcher = new LineMatcher()
  const all = [a, b].flatMap((line, index) =>
    line.flatMap((ns, nth) => (ns === undefined ? [] : [{ index, nth, ns }])),
  )
  for (const { index, nth, ns } of all.sort((one, two) => one.ns - two.ns)) {
    matcher.add(index, at + nth, ns)
  }
  for (const line of [0, 1]) matcher.end(line)
  matcher.finish()
  return matcher
}

test('LineMatcher counts what sets count', () => {
  const arrival = fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined, freq: 4 })
  const line = fc.array(arrival, { minLength: 150, maxLength: 150 })
  fc.assert(
    fc.property(line, line, fc.constantFrom(1, 65_400, 2 ** 40), (lateA, lateB, from) => {
      const times = (late: readonly (number | undefined)[]) =>
        late.map((ns, nth) => (ns === undefined ? undefined : nth * 1000 + ns))
      const [a, b] = [times(lateA), times(lateB)]
      const known = a.flatMap((ns, i) => (ns === undefined && b[i] === undefined ? [] : [i]))
      const matcher = matched(a, b, from)
      const [first = 0, last = -1] = [known[0], known.at(-1)]
      const range = Array.from(
        { length: known.length === 0 ? 0 : last - first + 1 },
        (_, i) => first + i,
      )
      const count = (holds: (aNs?: number, bNs?: number) => boolean) =>
        range.filter((i) => holds(a[i], b[i])).length
      assert.deepEqual(
        {
          expected: matcher.expected,
          messages: matcher.messages,
          alone: matcher.alone,
          lostOnBoth: matcher.lostOnBoth,
          together: matcher.together,
          first: matcher.first,
        },
        {
          expected: range.length,
          messages: [count((ns) => ns !== undefined), count((_, ns) => ns !== undefined)],
          alone: [
            count((one, two) => one !== undefined && two === undefined) - (matcher.outside[1] ?? 0),
            count((one, two) => one === undefined && two !== undefined) - (matcher.outside[0] ?? 0),
          ],
          lostOnBoth: count((one, two) => one === undefined && two === undefined),
          together: count((one, two) => one !== undefined && one === two),
          first: [
            count((one, two) => one !== undefined && (two === undefined || one <= two)),
            count((one, two) => two !== undefined && (one === undefined || two < one)),
          ],
        },
      )
      for (const index of [0, 1]) {
        const inBursts = matcher.bursts
          .filter((burst) => burst.line === index)
          .reduce((sum, burst) => sum + burst.count, 0)
        assert.equal(inBursts, matcher.lost[index])
        const { lost, messages, outside, expected } = matcher
        assert.equal((lost[index] ?? 0) + (messages[index] ?? 0) + (outside[index] ?? 0), expected)
      }
    }),
    { numRuns: 300 },
  )
})

test('LineMatcher does not blame a line for what came before it began or after it ended', () => {
  const a = Array.from({ length: 100 }, (_, i) => i * 1000 * MS)
  const b = a.map((ns, i) => (i < 40 || i > 80 || i === 60 ? undefined : ns + 5))
  const matcher = matched(a, b)
  // Within a second of its first message a line was listening, and its loss is one.
  assert.deepEqual(matcher.lost, [0, 2])
  assert.deepEqual(matcher.outside, [0, 58])
  assert.deepEqual(matcher.messages, [100, 40])
})

test('LineMatcher tells bursts of losses from each other by time', () => {
  const a = Array.from({ length: 1000 }, (_, i) => i * MS)
  const lost = (i: number) => (i >= 100 && i < 110) || i === 150 || (i >= 700 && i < 705)
  const matcher = matched(
    a,
    a.map((ns, i) => (lost(i) ? undefined : ns + 1)),
    0,
  )
  assert.deepEqual(
    matcher.bursts.map(({ line, firstSequence, lastSequence, count }) => ({
      ...{ line, firstSequence, lastSequence, count },
    })),
    [
      { line: 1, firstSequence: 100, lastSequence: 150, count: 11 },
      { line: 1, firstSequence: 700, lastSequence: 704, count: 5 },
    ],
  )
})

test('LineMatcher matches each run of a publisher that begins again by itself', () => {
  const matcher = new LineMatcher()
  for (const line of [0, 1]) {
    for (let run = 0; run < 3; run++) {
      if (run > 0) matcher.restart(line)
      for (let i = 1; i <= 100; i++) {
        if (line === 1 && i === 50) continue
        matcher.add(line, i, (run * 100 + i) * MS + line)
      }
    }
    matcher.end(line)
  }
  matcher.finish()
  assert.deepEqual(
    [matcher.expected, matcher.messages, matcher.lost, matcher.duplicates],
    [300, [300, 297], [0, 3], [0, 0]],
  )
})

test('LineMatcher keeps bounded memory while one line is silent', () => {
  const matcher = new LineMatcher()
  matcher.add(1, 0, 0)
  const count = 3_000_000
  for (let i = 0; i < count; i++) matcher.add(0, i, i)
  // All but 16 blocks and the newest are judged.
  assert.ok(matcher.expected > count - 18 * 65_536, `${matcher.expected}`)
  matcher.finish()
  assert.deepEqual(matcher.messages, [count, 1])
})
