import type { HandleLoop } from '../../handle/loop/handle-loop.js'
import type { ControlBlock } from '../thread/control-block.js'
import type { Agent } from '../thread/duty-cycle.js'
import type { LineInput } from './line-input.js'

/**
 * The turns of a thread that receives all lines and handles their messages too. When it is to stop it
 * closes the lines as soon as a turn found nothing. One thread.
 */
export class InlineAgent implements Agent {
  readonly #inputs: readonly LineInput[]
  readonly #loop: HandleLoop
  readonly #control: ControlBlock
  #open = true

  constructor(inputs: readonly LineInput[], loop: HandleLoop, control: ControlBlock) {
    this.#inputs = inputs
    this.#loop = loop
    this.#control = control
  }

  doWork(): number {
    let work = 0
    if (this.#open) {
      for (let i = 0; i < this.#inputs.length; i++) work += this.#inputs[i].doWork()
    }
    work += this.#loop.doWork()
    if (work === 0 && this.#control.stopping) this.close()
    return work
  }

  close(): void {
    if (this.#open) for (const input of this.#inputs) input.close()
    this.#open = false
  }
}
