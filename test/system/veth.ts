import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { CLI_FILE, environment, TestProcess } from './cli.js'

/** Why there can be no two machines here. */
export function noVeth(): string | false {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'making a network namespace needs root (CAP_SYS_ADMIN)'
  const names = [namespaceName(), namespaceName()] as const
  try {
    for (const name of names) execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' })
    connect(names)
    return false
  } catch {
    return 'namespaces with a veth pair cannot be made here (CAP_NET_ADMIN, iproute2)'
  } finally {
    for (const name of names) remove(name)
  }
}

function namespaceName(): string {
  return `tickwire-${randomBytes(6).toString('hex')}`
}

function connect([one, other]: readonly [string, string]): void {
  const veth = ['link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', other]
  execFileSync('ip', ['-n', one, ...veth], { stdio: 'ignore' })
}

function remove(name: string): void {
  try {
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' })
  } catch {
    // It was not made.
  }
}

/** Two machines with a cable between them, which belong to one test. */
export class TwoMachines {
  /** Their addresses on the cable. */
  readonly addresses = ['10.77.0.1', '10.77.0.2'] as const
  readonly #names = [namespaceName(), namespaceName()] as const
  readonly #t: TestContext

  constructor(t: TestContext) {
    this.#t = t
    for (const name of this.#names) {
      execFileSync('ip', ['netns', 'add', name])
      t.after(() => remove(name))
    }
    this.#plugIn()
  }

  /** Takes the cable and both cards out. */
  takeOut(): void {
    this.ip(1, 'link', 'delete', 'wire')
  }

  /** Puts other cards of the same names in, with the same addresses, and a cable between them. */
  putIn(): void {
    this.#plugIn()
  }

  /** Runs a shell command on a machine. */
  shell(machine: 0 | 1, command: string): void {
    execFileSync('ip', ['netns', 'exec', this.#names[machine], 'sh', '-c', command])
  }

  /** Runs a program of Node's on a machine, to its end. */
  node(machine: 0 | 1, program: string): void {
    const inside = ['netns', 'exec', this.#names[machine], process.execPath, '-e', program]
    execFileSync('ip', inside)
  }

  #plugIn(): void {
    connect(this.#names)
    for (const machine of [0, 1] as const) {
      this.ip(machine, 'address', 'add', `${this.addresses[machine]}/24`, 'dev', 'wire')
      this.ip(machine, 'link', 'set', 'lo', 'up')
      this.setCable(machine, 'up')
    }
  }

  /** Plugs a machine's end of the cable in, or pulls it; multicast is routed through it. */
  setCable(machine: 0 | 1, state: 'up' | 'down'): void {
    this.ip(machine, 'link', 'set', 'wire', state)
    // Routes go with the link.
    if (state === 'up') this.ip(machine, 'route', 'replace', '224.0.0.0/4', 'dev', 'wire')
  }

  /** Lets a machine send what is for the other one to a card that nobody has. */
  misaddress(machine: 0 | 1): void {
    const other = this.addresses[1 - machine] ?? ''
    const card = ['lladdr', '02:00:00:00:00:99', 'nud', 'permanent']
    this.ip(machine, 'neighbour', 'replace', other, 'dev', 'wire', ...card)
  }

  ip(machine: 0 | 1, ...args: string[]): void {
    execFileSync('ip', ['-n', this.#names[machine], ...args])
  }

  tickwire(machine: 0 | 1, ...args: string[]): TestProcess {
    const inside = ['netns', 'exec', this.#names[machine], process.execPath, CLI_FILE]
    return new TestProcess(this.#t, 'ip', [...inside, ...args], environment())
  }
}
