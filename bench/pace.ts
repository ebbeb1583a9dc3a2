/**
 * A replay's pace beside tcpreplay's: `node build/bench/pace.js --help` tells the arguments. Needs `npm run build`,
 * root, and Debian's iproute2, tcpreplay and tshark.
 *
 * Both send the same recording into one end of a pair of virtual cables between two network namespaces, in turn.
 * At the other end dumpcap writes down when the kernel got each packet: that is the judge of both, and no code
 * of ours. A packet's error is how much earlier or later it came than the recording says, both counted from the
 * first packet. Of each run are told the percentiles of the errors' sizes, and the error of the last packet, in
 * which a drift would show.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../src/cli/bench/statistics.js'

const MAIN = resolve('dist/cli/main.js')
const USAGE = `Usage: node build/bench/pace.js [rounds [messages]]

Measure how exactly a replay keeps the recorded times, beside tcpreplay.

  rounds    each of both, in turn (default: 5)
  messages  of the made-up recording (default: 60000)
`

const NAMES = { sender: `tw-pace-a-${process.pid}`, receiver: `tw-pace-b-${process.pid}` }
const DEVICES = { sender: 'pace0', receiver: 'pace1' }
const ADDRESSES = { sender: '10.91.0.1', receiver: '10.91.0.2' }
const PORT = 26400
/** The kernel hands packets over in blocks; the last ones are with dumpcap after this. */
const CAPTURE_REST_MS = 1500

/** How far the packets of one run were from their times, in ns. */
interface Pace {
  readonly packets: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly last: number
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 30, stdio: 'pipe' })
}

function ip(...args: string[]): void {
  run('ip', ...args)
}

function openCable(): void {
  const { sender, receiver } = NAMES
  for (const name of [sender, receiver]) ip('netns', 'add', name)
  ip(
    ...['link', 'add', DEVICES.sender, 'netns', sender, 'type', 'veth'],
    ...['peer', 'name', DEVICES.receiver, 'netns', receiver],
  )
  for (const end of ['sender', 'receiver'] as const) {
    const at = ['-n', NAMES[end]]
    ip(...at, 'addr', 'add', `${ADDRESSES[end]}/24`, 'dev', DEVICES[end])
    for (const device of ['lo', DEVICES[end]]) ip(...at, 'link', 'set', device, 'up')
  }
}

function closeCable(): void {
  for (const name of Object.values(NAMES)) {
    try {
      ip('netns', 'del', name)
    } catch {
      // It was not made.
    }
  }
}

/** Seconds and nanoseconds of each UDP packet, as tshark reads them. */
function times(file: string): bigint[] {
  const text = run('tshark', '-r', file, '-Y', 'udp', '-T', 'fields', '-e', 'frame.time_epoch')
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [seconds = '', part = ''] = line.split('.')
      return BigInt(seconds) * 1_000_000_000n + BigInt(part.padEnd(9, '0'))
    })
}

function paceOf(recorded: readonly bigint[], seen: readonly bigint[]): Pace {
  if (seen.length !== recorded.length) {
    throw new Error(`${seen.length} of ${recorded.length} packets came`)
  }
  const errors = seen.map((at, i) =>
    Number(at - (seen[0] ?? 0n) - ((recorded[i] ?? 0n) - (recorded[0] ?? 0n))),
  )
  const sizes = errors.map(Math.abs).sort((a, b) => a - b)
  const at = (share: number) =>
    sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] ?? Number.NaN
  return {
    packets: seen.length,
    ...{ p50: at(0.5), p99: at(0.99), max: at(1) },
    last: errors.at(-1) ?? Number.NaN,
  }
}

async function measure(
  folder: string,
  recording: string,
  command: readonly string[],
): Promise<bigint[]> {
  const file = join(folder, 'seen.pcapng')
  const judge = spawn(
    'ip',
    [
      ...['netns', 'exec', NAMES.receiver, 'dumpcap', '-q', '-i', DEVICES.receiver],
      ...['-f', `udp port ${PORT}`, '-B', '64', '-w', file],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  judge.stderr.setEncoding('utf8')
  let said = ''
  for await (const text of judge.stderr) {
    said += text
    if (said.includes('File:')) break
  }
  run('ip', 'netns', 'exec', NAMES.sender, ...command, recording)
  await sleep(CAPTURE_REST_MS)
  judge.kill('SIGINT')
  await once(judge, 'exit')
  return times(file)
}

async function main(rounds: number, messages: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-pace-'))
  try {
    const recording = join(folder, 'day.pcap')
    run(process.execPath, MAIN, 'sample', 'itch50', recording, '--messages', String(messages))
    const recorded = times(recording)
    openCable()
    const to = `udp://${ADDRESSES.receiver}:${PORT}`
    const ways = {
      tickwire: [process.execPath, MAIN, 'replay', '--map', `233.252.0.1:${PORT}=${to}`],
      tcpreplay: ['tcpreplay', '-q', '-i', DEVICES.sender],
    }
    const paces: Record<keyof typeof ways, Pace[]> = { tickwire: [], tcpreplay: [] }
    for (let round = 0; round < rounds; round++) {
      for (const name of ['tickwire', 'tcpreplay'] as const) {
        const pace = paceOf(recorded, await measure(folder, recording, ways[name]))
        paces[name].push(pace)
        process.stdout.write(`${name.padEnd(9)} ${JSON.stringify(pace)}\n`)
      }
    }
    for (const [name, all] of Object.entries(paces)) {
      const of = (key: keyof Pace) =>
        ((median(all.map((pace) => pace[key])) ?? Number.NaN) / 1e3).toFixed(1)
      process.stdout.write(
        `${name.padEnd(9)} median of ${rounds}: p50 ${of('p50')} us, p99 ${of('p99')} us, max ${of('max')} us, last ${of('last')} us\n`,
      )
    }
  } finally {
    closeCable()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv.includes('--help')) process.stdout.write(USAGE)
else {
  const [, , rounds = '5', messages = '60000'] = process.argv
  process.stdout.write(`${cpus().length} CPUs, ${cpus()[0]?.model}, Node ${process.version}\n`)
  await main(Number(rounds), Number(messages))
}
