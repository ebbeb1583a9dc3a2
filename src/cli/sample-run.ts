import { badOption } from '../foundation/errors.js'
import { formatBytes, formatCount } from '../observe/format.js'
import {
  SAMPLE_KINDS,
  type SampleKind,
  type SampleReport,
  writeSample,
} from '../sample/write-sample.js'
import type { Flags } from './command.js'
import type { Output } from './output.js'
import { SAMPLE_FLAGS } from './sample-flags.js'
import { stopSignal } from './signals.js'

/** `tickwire sample`. */
export async function runSample(
  [kind = '', file = '']: readonly string[],
  flags: Flags<typeof SAMPLE_FLAGS>,
  output: Output,
): Promise<void> {
  const loss = flags.loss ?? SAMPLE_FLAGS.loss.default
  if (!isKind(kind)) {
    throw badOption(`kind is "${kind}"`, `Give one of ${SAMPLE_KINDS.join(', ')}.`)
  }
  if (loss > 1)
    throw badOption(`--loss is ${loss}`, 'Give a part from 0 to 1: 0.01 is one in a hundred.')
  const report = await writeSample(
    {
      kind,
      file,
      messages: flags.messages ?? SAMPLE_FLAGS.messages.default,
      instruments: flags.instruments ?? SAMPLE_FLAGS.instruments.default,
      seed: flags.seed ?? SAMPLE_FLAGS.seed.default,
      loss,
      line: flags.line ?? SAMPLE_FLAGS.line.default,
      overwrite: flags.force === true,
    },
    stopSignal(),
  )
  output.report(report, () => [describe(report)])
}

function isKind(text: string): text is SampleKind {
  return SAMPLE_KINDS.some((kind) => kind === text)
}

function describe(report: SampleReport): string {
  const { kind, file, messages, datagrams, datagramsLeftOut, bytes, endedBy } = report
  if (endedBy !== 'count') {
    return `stopped after ${formatCount(messages)} messages of ${kind}: ${file} is not written`
  }
  const lost = datagramsLeftOut > 0 ? `, ${formatCount(datagramsLeftOut)} left out` : ''
  return `${file}: ${formatCount(messages)} messages of ${kind} in ${formatCount(datagrams)} datagrams${lost}, ${formatBytes(bytes)}`
}
