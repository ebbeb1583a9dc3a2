import { chooseDestination, destinationOf } from '../../capture/capture-destination.js'
import { PcapReader, type PcapSummary } from '../../capture/pcap-reader.js'
import { type Trace, TraceBuilder } from '../../tune/trace.js'
import { createFraming } from '../../wire/create-framing.js'
import { DATAGRAM, type FramingName } from '../../wire/framing.js'

/** How a capture is to be understood. */
export interface PcapTraceOptions {
  readonly file: string
  readonly framing: FramingName
  /** Nanoseconds for each message. */
  readonly serviceNs: number
  /** `ADDRESS:PORT` of the recorded destination, where the file holds several. */
  readonly from: string | undefined
}

/** The arrivals of a capture with a service time that was given. */
export interface PcapTrace {
  readonly trace: Trace
  readonly heartbeats: number
  /** Datagrams that are not what the framing promises. They take a slot, and no service. */
  readonly invalid: number
  /** Datagrams whose time stamp lies before that of their predecessor; they were sorted in. */
  readonly outOfOrder: number
  readonly longestPayloadBytes: number
  /** What of the file is not in the trace, and why. */
  readonly skipped: PcapSummary['skipped'] & { readonly otherDestinations: number }
}

/**
 * Reads a capture as if its datagrams had come to a consumer that needs the same time for each message.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE; TW_BAD_OPTION if the file holds
 * several destinations and none was chosen
 */
export async function readPcapTrace(options: PcapTraceOptions): Promise<PcapTrace> {
  const from = await chooseDestination(options.file, options.from)
  const framing = createFraming(options.framing)
  const builder = new TraceBuilder()
  let heartbeats = 0
  let invalid = 0
  let otherDestinations = 0
  let longestPayloadBytes = 0
  const reader = await PcapReader.open(options.file)
  for await (const batch of reader.batches()) {
    for (const datagram of batch) {
      if (destinationOf(datagram) !== from) {
        otherDestinations++
        continue
      }
      const { buffer, byteOffset, length } = datagram.payload
      const kind = framing.open(new DataView(buffer, byteOffset, length), 0, length)
      if (kind === DATAGRAM.invalid) invalid++
      else if (kind !== DATAGRAM.messages) heartbeats++
      longestPayloadBytes = Math.max(longestPayloadBytes, length)
      const messages = kind === DATAGRAM.messages ? framing.messageCount : 0
      builder.add(datagram.timeNs, messages * options.serviceNs, messages, length)
    }
  }
  const { skipped } = reader.summary
  return {
    trace: builder.build(),
    heartbeats,
    invalid,
    outOfOrder: builder.outOfOrder,
    longestPayloadBytes,
    skipped: { ...skipped, otherDestinations },
  }
}
