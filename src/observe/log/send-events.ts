import type { SendReport } from '../../run/transmission/send-report.js'
import { formatCount } from '../format.js'
import type { EventLog } from './event-log.js'

/** Tells a log what happened to a sender since it looked last: what was refused, receivers, credit. */
export class SendEvents {
  readonly #log: EventLog
  readonly #stats: () => SendReport
  #refused = 0
  #unreachable = 0
  #joined = 0
  #left = 0

  constructor(stats: () => SendReport, log: EventLog) {
    this.#stats = stats
    this.#log = log
  }

  look(): void {
    const { refused, unreachable, flow } = this.#stats()
    const left = (flow?.left ?? 0) + (flow?.dropped ?? 0)
    const joined = flow?.joined ?? 0
    this.#tell('refused', refused - this.#refused, 'messages were refused by the kernel')
    this.#tell(
      'unreachable',
      unreachable - this.#unreachable,
      'datagrams came back: nobody listens',
    )
    this.#tell('receiver-joined', joined - this.#joined, 'receivers joined')
    this.#tell('receiver-left', left - this.#left, 'receivers left or fell silent')
    this.#refused = refused
    this.#unreachable = unreachable
    this.#joined = joined
    this.#left = left
    this.#log.flush()
  }

  #tell(event: string, count: number, what: string): void {
    if (count <= 0) return
    this.#log.note({ event, text: `${formatCount(count)} ${what}`, figures: { count } })
  }
}
