import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What this process has open of the kernel's network: sockets by their inode, and mapped packet rings. */
export function openSockets(): string[] {
  return openFiles('socket:')
}

function openFiles(kind: string): string[] {
  const found: string[] = []
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      if (target.startsWith(kind)) found.push(target)
    } catch {
      // The descriptor by which the folder was read.
    }
  }
  return found.sort()
}

export function mappedSockets(): string[] {
  const maps = readFileSync('/proc/self/maps', 'utf8')
  return maps.split('\n').filter((line) => line.includes('socket:'))
}

/** The pipes that this process has open, by their inode. */
export function openPipes(): string[] {
  return openFiles('pipe:')
}
