import type { SendReport } from '../../run/transmission/send-report.js'
import { formatCounted } from '../format.js'
import type { EventLog } from './event-log.js'

/** What of a sender's report, or a replay's, is told. */
export type SenderFigures = Pick<SendReport, 'refused' | 'unreachable' | 'flow'>

/** Tells a log what happened to a sender since it looked last: what was refused, receivers, credit. */
export class SendEvents {
  readonly #log: EventLog
  readonly #stats: () => SenderFigures
  #refused = 0
  #unreachable = 0
  #joined = 0
  #left = 0

  constructor(stats: () => SenderFigures, log: EventLog) {
    this.#stats = stats
    this.#log = log
  }

  look(): void {
    const { refused, unreachable, flow } = this.#stats()
    const left = (flow?.left ?? 0) + (flow?.dropped ?? 0)
    const joined = flow?.joined ?? 0
    this.#tell('refused', refused - this.#refused, 'message', 'refused by the kernel')
    this.#tell('unreachable', unreachable - this.#unreachable, 'datagram', 'back: nobody listens')
    this.#tell('receiver-joined', joined - this.#joined, 'receiver', 'joined')
    this.#tell('receiver-left', left - this.#left, 'receiver', 'left or silent')
    this.#refused = refused
    this.#unreachable = unreachable
    this.#joined = joined
    this.#left = left
    this.#log.flush()
  }

  #tell(event: string, count: number, noun: string, what: string): void {
    if (count <= 0) return
    this.#log.note({ event, text: `${formatCounted(count, noun)} ${what}`, figures: { count } })
  }
}
