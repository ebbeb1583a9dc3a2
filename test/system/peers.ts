import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const FLOOD_LIMIT_MS = 240_000

/** What the sender in C says of its run. */
export interface FloodResult {
  readonly sent: number
  readonly refused: number
  readonly seconds: number
}

/** A sender that shares no code with Tickwire: bench/peers/flood.c, compiled once per process. */
export interface Flood {
  send(port: number, count: number, rate?: number, batch?: number): Promise<FloodResult>
}

let compiled: Promise<Flood | string> | undefined

/** The sender in C, or why there is none here. */
export function openFlood(): Promise<Flood | string> {
  compiled ??= compile()
  return compiled
}

async function compile(): Promise<Flood | string> {
  if (process.platform !== 'linux') return 'bench/peers/flood.c needs Linux (sendmmsg)'
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-peers-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'flood')
  try {
    await run('cc', ['-O2', '-o', program, resolve('bench/peers/flood.c')])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'there is no C compiler (cc)'
    throw error
  }
  return {
    async send(port, count, rate = 0, batch = 32) {
      const args = ['127.0.0.1', port, count, rate, batch].map(String)
      const { stdout } = await run(program, args, { timeout: FLOOD_LIMIT_MS })
      return JSON.parse(stdout) as FloodResult
    },
  }
}
