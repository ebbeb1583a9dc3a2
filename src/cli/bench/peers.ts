import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SOURCES = new URL('../../../bench/peers/', import.meta.url)

/** The C and C++ programs that Tickwire is compared with, compiled on this machine. */
export interface Peers {
  /** The recvmmsg receiver, if a C compiler is there. */
  readonly receive: string | undefined
  /** The reading side in memory, if a C compiler is there. */
  readonly reading: string | undefined
  /** ITCH from memory, if a C compiler is there. */
  readonly itch: string | undefined
  /** The SPSC ring, if a C++ compiler is there. */
  readonly ring: string | undefined
  /** The receiver for Bun, if a `bun` is on the PATH. */
  readonly bun: string | undefined
  /** Removes what was compiled. */
  remove(): void
}

/** Compiles what can be compiled; a missing compiler only shortens the comparison. */
export async function compilePeers(): Promise<Peers> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-bench-'))
  const [receive, reading, itch, ring, bun] = await Promise.all([
    compile('cc', ['-O2'], 'receive.c', join(folder, 'receive')),
    compile('cc', ['-O2'], 'reading.c', join(folder, 'reading')),
    compile('cc', ['-O2'], 'itch.c', join(folder, 'itch')),
    compile('c++', ['-O2', '-pthread'], 'ring.cpp', join(folder, 'ring')),
    bunReceiver(),
  ])
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { receive, reading, itch, ring, bun, remove }
}

async function bunReceiver(): Promise<string | undefined> {
  try {
    await run('bun', ['--version'])
    return fileURLToPath(new URL('receive-bun.js', SOURCES))
  } catch {
    return undefined
  }
}

async function compile(
  compiler: string,
  flags: readonly string[],
  source: string,
  target: string,
): Promise<string | undefined> {
  try {
    await run(compiler, [...flags, '-o', target, fileURLToPath(new URL(source, SOURCES))])
    return target
  } catch {
    return undefined
  }
}
