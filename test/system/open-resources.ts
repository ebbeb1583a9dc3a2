import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What this process has open of the kernel's network: sockets by their inode, and mapped packet rings. */
export function openSockets(): string[] {
  const found: string[] = []
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      if (target.startsWith('socket:')) found.push(target)
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
