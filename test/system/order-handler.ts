import type { TestContext } from 'node:test'
import { type HandlerModule, handlerModule } from './handler-modules.js'

/** What a handler module saw of a feed, in the order in which it was called. */
export interface SeenFeed {
  readonly messages: number
  readonly late: number
  /** Sequences of the first message, and after the last in order. */
  readonly first: number
  readonly next: number
  /** Calls of onMessage with another sequence than the next one, gaps that were told of not counting. */
  readonly misplaced: number
  /** With the sequence that was expected when they were told. */
  readonly gaps: readonly {
    readonly firstSequence: number
    readonly count: number
    readonly reason: string
    readonly next: number
  }[]
  readonly statuses: readonly {
    readonly kind: string
    readonly line: number
    readonly sequence: number
    readonly count: number
  }[]
}

/** A handler module that checks that each message comes once and in its place. `written` is a SeenFeed. */
export function orderHandler(t: TestContext, more = ''): HandlerModule {
  return handlerModule(
    t,
    `
    let messages = 0
    let late = 0
    let first = -1
    let next = -1
    let misplaced = 0
    const gaps = []
    const statuses = []
    export default {
      onMessage(message, sequence) {
        if (next < 0) first = sequence
        else if (sequence !== next) misplaced++
        next = sequence + 1
        messages++
      },
      onGap(gap) {
        gaps.push({ ...gap, next })
        if (gap.firstSequence === next) next += gap.count
      },
      onStatus(status) { statuses.push({ ...status }) },
      onStop() { write({ messages, late, first, next, misplaced, gaps, statuses }) },
      ${more}
    }`,
  )
}
