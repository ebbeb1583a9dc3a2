import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { isProtocolName, PROTOCOL_NAMES, SBE_PREFIX } from '../../codec/protocol-names.js'
import { badOption, bounded, TickwireError } from '../../foundation/errors.js'
import { nearest } from '../../foundation/nearest.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import type { CaptureFramingName } from '../../wire/framing.js'

const WORDS = ['auto', 'none', ...PROTOCOL_NAMES] as const

/**
 * How the messages of a framing get their names.
 *
 * @returns `auto` where each datagram's header says, `none`, or the name of a protocol; the path of a
 * schema is absolute
 * @throws {TickwireError} TW_BAD_OPTION, TW_FILE_NOT_FOUND
 */
export function planProtocol(protocol: string, framing: CaptureFramingName): string {
  if (protocol === 'auto') {
    if (framing === 'raw') return 'native'
    return framing === 'iex-tp' ? 'auto' : 'none'
  }
  if (protocol !== 'none' && !isProtocolName(protocol) && !protocol.startsWith(SBE_PREFIX)) {
    throw unknown(protocol)
  }
  if (framing === 'raw' && protocol !== 'native' && protocol !== 'none') {
    throw badOption(
      `${optionText('protocol', bounded(protocol, 80))} means nothing beside ${optionText('framing', 'raw')}, whose messages are native`,
      `Name the framing of the feed, or leave ${optionName('protocol')} out.`,
    )
  }
  return protocol.startsWith(SBE_PREFIX) ? schemaOf(protocol) : protocol
}

function unknown(protocol: string): TickwireError {
  const near = nearest(protocol, WORDS)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return badOption(
    `There is no protocol "${bounded(protocol, 80)}"`,
    `Choose one of ${WORDS.join(', ')}, or ${SBE_PREFIX}FILE.xml with the path of an SBE schema.${hint}`,
  )
}

function schemaOf(protocol: string): string {
  const path = resolve(protocol.slice(SBE_PREFIX.length))
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return SBE_PREFIX + path
  throw new TickwireError(
    'TW_FILE_NOT_FOUND',
    `The schema ${path} is not there`,
    'Give the path of an SBE schema, an XML file.',
  )
}
