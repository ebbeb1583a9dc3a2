import type { ReadingPlace } from '../../capture/capture-reader.js'
import { TickwireError } from '../../foundation/errors.js'
import { MAX_LINES } from '../../foundation/limits.js'
import { type CaptureUrl, parseFeedUrl } from '../../transport/feed-url.js'
import { CAPTURE_FRAMING_NAMES, type CaptureFramingName } from '../../wire/framing.js'
import { type EndpointOptions, endpointTexts } from './endpoint-names.js'

/** How the messages of a recording lie: `auto` looks at its first datagrams. */
export const CAPTURE_FRAMINGS = [...CAPTURE_FRAMING_NAMES, 'auto'] as const
export type CaptureFraming = CaptureFramingName | 'auto'

/** What of the options of `receive` is about recordings. */
export interface CaptureOptions {
  /** 1: as it was recorded; 50: fifty times as fast; 0 (the default): as fast as it goes. */
  readonly speed?: number | undefined
  /** The day of a BinaryFILE, `YYYY-MM-DD` in New York. Default: MMDDYYYY in its name, else none. */
  readonly date?: string | undefined
  /** Leaves out what was captured twice within so many microseconds. Default 0: nothing. */
  readonly dedupeUs?: number | undefined
}

/** The same, checked and complete. */
export interface CapturePlan {
  readonly urls: readonly CaptureUrl[]
  readonly framing: CaptureFraming
  readonly speed: number
  readonly date: string | undefined
  readonly dedupeNs: number
  /** Where in the only recording to begin, and from which second its times count; left out: at its beginning. */
  readonly from?: { readonly place: ReadingPlace; readonly epochSeconds: number } | undefined
}

/**
 * The plan of a run over recordings; undefined where no endpoint is one.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT
 */
export function planCaptures(
  options: CaptureOptions & EndpointOptions & { readonly framing?: string | undefined },
): CapturePlan | undefined {
  const parsed = endpointTexts(options).map(parseFeedUrl)
  const urls = parsed.filter((url) => url.kind === 'file')
  if (urls.length === 0) {
    refuseWithoutRecording('speed', options.speed)
    refuseWithoutRecording('date', options.date)
    refuseWithoutRecording('dedupeUs', options.dedupeUs)
    return undefined
  }
  if (urls.length < parsed.length) {
    throw bad(
      'Some endpoints are recordings and some are not',
      'Give recordings or live lines: their times have nothing to do with each other.',
    )
  }
  if (urls.length > MAX_LINES) {
    throw bad(`${urls.length} endpoints were given`, `Give from 1 to ${MAX_LINES}.`)
  }
  if (urls.filter(({ path }) => path === '-').length > 1) {
    throw bad('Standard input was given twice', 'Give it once.')
  }
  const framing = CAPTURE_FRAMINGS.find((one) => one === (options.framing ?? 'raw'))
  if (framing === undefined) {
    throw bad(`framing is "${options.framing}"`, `Choose one of: ${CAPTURE_FRAMINGS.join(', ')}.`)
  }
  return {
    urls,
    framing,
    speed: number('speed', options.speed),
    date: options.date,
    dedupeNs: number('dedupeUs', options.dedupeUs) * 1000,
  }
}

function number(name: string, value = 0): number {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw bad(`${name} is ${value}`, 'Give a number of at least 0.')
  }
  return value
}

function refuseWithoutRecording(name: string, value: unknown): void {
  if (value === undefined) return
  throw bad(
    `${name} is given, and no endpoint is a recording`,
    'Give a recording as endpoint, for example file:day.pcap.gz, or leave it out.',
  )
}

function bad(what: string, remedy: string): TickwireError {
  return new TickwireError('TW_BAD_OPTION', what, remedy)
}
