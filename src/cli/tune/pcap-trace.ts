import type { CaptureCounts } from '../../capture/capture-counts.js'
import { openFramedCapture } from '../../capture/framed-capture.js'
import { type Trace, TraceBuilder } from '../../tune/trace.js'
import { createFraming } from '../../wire/create-framing.js'
import { type CaptureFramingName, DATAGRAM } from '../../wire/framing.js'

/** How a capture is to be understood. */
export interface PcapTraceOptions {
  readonly file: string
  /** `auto`: by the first datagrams. */
  readonly framing: CaptureFramingName | 'auto'
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
  readonly framing: CaptureFramingName
  /** Where every packet of the recording went. */
  readonly capture: CaptureCounts
  readonly warnings: readonly string[]
}

/**
 * Reads a recording as if its datagrams had come to a consumer that needs the same time for each message.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE; TW_BAD_OPTION if the file holds
 * several destinations and none was chosen
 */
export async function readPcapTrace(options: PcapTraceOptions): Promise<PcapTrace> {
  const { file, from, serviceNs } = options
  const { reader, framing: name } = await openFramedCapture(file, options.framing, { to: from })
  const framing = createFraming(name)
  const builder = new TraceBuilder()
  let heartbeats = 0
  let invalid = 0
  let longestPayloadBytes = 0
  try {
    while (await reader.fill()) {
      while (reader.next()) {
        const { view, offset, length } = reader
        const kind = framing.open(view, offset, length)
        if (kind === DATAGRAM.invalid) invalid++
        else if (kind !== DATAGRAM.messages) heartbeats++
        longestPayloadBytes = Math.max(longestPayloadBytes, length)
        const messages = kind === DATAGRAM.messages ? framing.messageCount : 0
        builder.add(reader.timeNs, messages * serviceNs, messages, length)
      }
    }
    if (reader.datagrams === 0) throw reader.noDatagrams()
  } finally {
    await reader.close()
  }
  return {
    trace: builder.build(),
    heartbeats,
    invalid,
    outOfOrder: builder.outOfOrder,
    longestPayloadBytes,
    framing: name,
    capture: reader.counts(),
    warnings: reader.warnings(),
  }
}
