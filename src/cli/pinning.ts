import type { SwitchOption } from '../run/options/declaration.js'

/** `--no-pin`: what a program says with `null` for a CPU. */
export const NO_PIN = { kind: 'switch', help: 'pin no thread' } as const satisfies SwitchOption

/** A CPU that was not given is undefined: the default decides. */
export function cpuChoice(noPin: boolean | undefined, cpu: number | undefined) {
  return noPin === true ? null : cpu
}
