import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What the kernel tells of itself in /proc and /sys, below a root that tests may choose. A file that is
 * not there is `undefined`: kernels, containers and permissions differ, and none of it is an error.
 */
export class MachineFiles {
  readonly #root: string

  constructor(root = '/') {
    this.#root = root
  }

  /** @param path below the root, such as `proc/sys/net/core/rmem_max` */
  text(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), 'utf8').trim()
    } catch {
      return undefined
    }
  }

  number(path: string): number | undefined {
    const text = this.text(path)
    if (text === undefined || text === '') return undefined
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }

  names(path: string): string[] {
    try {
      return readdirSync(join(this.#root, path)).sort()
    } catch {
      return []
    }
  }

  /** A sysctl by its dotted name, such as `net.core.rmem_max`. */
  sysctl(name: string): number | undefined {
    return this.number(`proc/sys/${name.replaceAll('.', '/')}`)
  }

  /**
   * A counter of /proc/net/snmp or /proc/net/netstat, whose lines come in pairs: names, then values.
   *
   * @param group the first word of both lines, such as `Udp`
   */
  counter(file: 'snmp' | 'netstat', group: string, name: string): number | undefined {
    const lines = (this.text(`proc/net/${file}`) ?? '').split('\n')
    const [names, values] = lines
      .filter((line) => line.startsWith(`${group}:`))
      .map((line) => line.split(/\s+/))
    const column = names?.indexOf(name) ?? -1
    const value = column < 0 ? Number.NaN : Number(values?.[column])
    return Number.isFinite(value) ? value : undefined
  }

  /** The column of /proc/net/softnet_stat summed over all CPUs: 1 dropped, 2 time squeezed. */
  softnet(column: number): number | undefined {
    const text = this.text('proc/net/softnet_stat')
    if (text === undefined || text === '') return undefined
    const values = text
      .split('\n')
      .map((line) => Number.parseInt(line.split(/\s+/)[column] ?? '', 16))
    return values.some(Number.isNaN) ? undefined : values.reduce((sum, value) => sum + value, 0)
  }

  /** A field of /proc/self/status, such as `CapEff`. */
  status(field: string): string | undefined {
    const line = (this.text('proc/self/status') ?? '')
      .split('\n')
      .find((one) => one.startsWith(`${field}:`))
    return line?.slice(field.length + 1).trim()
  }
}
