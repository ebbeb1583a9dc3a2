import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { assert } from '../../foundation/assert.js'

/** A program that runs until it has nothing more to do, and ends with this process. */
export interface Child {
  readonly pid: number
  /** The first line on standard error that matches. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  /** Standard output, once the program has ended. */
  output(): Promise<string>
}

/** Starts a program whose standard input stays open as long as this process lives. */
export function startChild(program: string, args: readonly string[]): Child {
  const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const { stdout, stderr } = child
  assert(stdout !== null && stderr !== null, 'both outputs are pipes')
  const exited = once(child, 'close')
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('close', () => process.off('exit', kill))
  let output = ''
  stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const lines = createInterface(stderr)
  return {
    pid: child.pid ?? 0,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        lines.on('line', (line) => {
          const match = pattern.exec(line)
          if (match !== null) resolve(match)
        })
        exited.then(() => reject(new Error(`${program} ended before it was ready`)), reject)
      }),
    async output() {
      await exited
      return output
    },
  }
}
