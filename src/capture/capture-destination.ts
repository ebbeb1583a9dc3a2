import { TickwireError } from '../foundation/errors.js'
import { type CapturedDatagram, PcapReader } from './pcap-reader.js'

/** Where a datagram was sent, as `--from` spells it: `ADDRESS:PORT`, IPv6 in brackets. */
export function destinationOf(datagram: CapturedDatagram): string {
  const { destinationAddress: address, destinationPort: port } = datagram
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/**
 * The destination that was asked for, or the only one of a file, which is read through once.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE; TW_BAD_OPTION if the file holds
 * several destinations and none was chosen, or not the one that was
 */
export async function chooseDestination(file: string, wanted: string | undefined): Promise<string> {
  const counts = new Map<string, number>()
  const reader = await PcapReader.open(file)
  try {
    for await (const batch of reader.batches()) {
      for (const datagram of batch) {
        const key = destinationOf(datagram)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
  } catch (error) {
    // Whoever reads the file next comes to the damaged part, and says so; what is before it counts.
    if (counts.size === 0) throw error
  } finally {
    await reader.close()
  }
  if (wanted !== undefined && counts.has(wanted)) return wanted
  const [first, second] = counts.keys()
  if (first === undefined) {
    throw new TickwireError(
      'TW_BAD_FILE',
      `${file} holds no UDP datagram (${reader.summary.packets} packets of other kinds)`,
      'Record with a filter that includes the feed, for example: tcpdump -w FILE udp.',
    )
  }
  if (second !== undefined || wanted !== undefined) {
    const list = [...counts].map(([key, count]) => `${key} (${count})`).join(', ')
    throw new TickwireError(
      'TW_BAD_OPTION',
      wanted === undefined
        ? `${file} holds datagrams to ${counts.size} destinations: ${list}`
        : `${file} holds no datagram to ${wanted}; there are: ${list}`,
      `Choose one, for example --from ${first}.`,
    )
  }
  return first
}
