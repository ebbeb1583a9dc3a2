import type { CaptureReader } from '../capture/capture-reader.js'
import { openFramedCapture } from '../capture/framed-capture.js'
import type { Column } from '../codec/column/column.js'
import { protocolOfIexTp } from '../codec/protocol-names.js'
import { PROTOCOL_NAMES, PROTOCOLS, type Protocol, type ProtocolName } from '../codec/protocols.js'
import { readSchema, sbeProtocol } from '../codec/sbe/index.js'
import { dateInFileName, MarketDay } from '../codec/value/market-day.js'
import { TickwireError } from '../foundation/errors.js'
import { createFraming } from '../wire/create-framing.js'
import type { CaptureFramingName, Framing } from '../wire/framing.js'

const IEX_PROTOCOL_OFFSET = 2
const SBE = 'sbe:'

/** How to read a recording. */
export interface RecordingOptions {
  readonly path: string
  readonly to: string | undefined
  readonly framing: CaptureFramingName | 'auto'
  /** `auto`, `none`, a built-in protocol's name, or `sbe:FILE.xml`. */
  readonly protocol: string
  readonly session: string | undefined
  /** `YYYY-MM-DD` in the exchange's time zone; default: the day of the first packet. */
  readonly date: string | undefined
  readonly signal: AbortSignal | undefined
}

/** A recording whose framing, protocol and day are known. */
export interface Recording {
  readonly reader: CaptureReader
  readonly framing: Framing
  /** Undefined: messages are bytes. */
  readonly protocol: Protocol | undefined
  readonly day: MarketDay | undefined
  columnsOf(type: string): readonly Column[]
}

/**
 * Opens a recording and finds out what it is.
 *
 * @throws {TickwireError} TW_FILE_NOT_FOUND, TW_PERMISSION, TW_BAD_FILE, TW_NOT_SUPPORTED, TW_BAD_OPTION
 */
export async function openRecording(options: RecordingOptions): Promise<Recording> {
  const { path, to, date, signal } = options
  const captured = await openFramedCapture(path, options.framing, { to, date, signal })
  const { reader } = captured
  try {
    const { payloads, firstSeconds } = await reader.sample()
    const framing = createFraming(captured.framing, options.session)
    const protocol = protocolOf(options.protocol, captured.framing, payloads)
    const day = dayOf(protocol, reader, options, firstSeconds)
    const columns = new Map(protocol?.kinds.map((kind) => [kind.name, kind.columns]))
    return { reader, framing, protocol, day, columnsOf: (type) => columns.get(type) ?? [] }
  } catch (error) {
    await reader.close()
    throw error
  }
}

function protocolOf(
  asked: string,
  framing: CaptureFramingName,
  payloads: readonly Uint8Array[],
): Protocol | undefined {
  if (asked === 'none') return undefined
  if (asked.startsWith(SBE)) return sbeProtocol(readSchema(asked.slice(SBE.length)), asked)
  if (asked !== 'auto') {
    if (isBuiltIn(asked)) return PROTOCOLS[asked]
    throw new TickwireError(
      'TW_BAD_OPTION',
      `there is no protocol "${asked}"`,
      `Give auto, none, ${PROTOCOL_NAMES.join(', ')}, or sbe:FILE.xml.`,
    )
  }
  if (framing === 'raw') return PROTOCOLS.native
  if (framing !== 'iex-tp') return undefined
  const [first] = payloads
  if (first === undefined || first.byteLength < IEX_PROTOCOL_OFFSET + 2) return undefined
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength)
  const name = protocolOfIexTp(view.getUint16(IEX_PROTOCOL_OFFSET, true))
  return name === undefined ? undefined : PROTOCOLS[name]
}

function isBuiltIn(name: string): name is ProtocolName {
  return PROTOCOL_NAMES.some((one) => one === name)
}

/** The day that times of day count in, where the protocol has such times. */
function dayOf(
  protocol: Protocol | undefined,
  reader: CaptureReader,
  { date, path }: RecordingOptions,
  firstSeconds: number | undefined,
): MarketDay | undefined {
  const zone = protocol?.timeZone ?? null
  if (zone === null) {
    if (date !== undefined && protocol !== undefined && reader.format !== 'binaryfile') {
      throw new TickwireError(
        'TW_BAD_OPTION',
        `a date is given, and messages of ${protocol.title} have no times of day`,
        'Leave the date out.',
      )
    }
    return undefined
  }
  if (date !== undefined) return new MarketDay(date, zone)
  if (reader.hasReceiveTime) {
    return firstSeconds === undefined
      ? undefined
      : MarketDay.at(BigInt(firstSeconds) * 1_000_000_000n, zone)
  }
  const named = dateInFileName(path)
  return named === undefined ? undefined : new MarketDay(named, zone)
}
