import type { SessionEpoch } from '../foundation/clock.js'
import { type Column, columnsOf } from './column/column.js'
import {
  Deep10Dispatch,
  type Deep10Handler,
  type Deep10View,
  Deep10Views,
  Deepplus10Dispatch,
  type Deepplus10Handler,
  type Deepplus10View,
  Deepplus10Views,
  Tops16Dispatch,
  type Tops16Handler,
  type Tops16View,
  Tops16Views,
} from './iex/index.js'
import { Itch50Dispatch, type Itch50Handler, type Itch50View, Itch50Views } from './itch50/index.js'
import type { MessageDispatch, MessageViews } from './message-dispatch.js'
import { NativeDispatch, type NativeHandler, NativeViews } from './native/native-dispatch.js'
import type { ProtocolName } from './protocol-names.js'
import type { ProtocolTable } from './table/field-table.js'
import { DEEP10, DEEPPLUS10, TOPS16 } from './tables/iex.js'
import { ITCH50 } from './tables/itch50.js'
import { NATIVE } from './tables/native.js'
import type { UnknownMessageView } from './unknown-message-view.js'

/** Handlers of the protocols that are built in, by the name of the protocol. */
export interface ProtocolHandlers {
  native: NativeHandler
  itch50: Itch50Handler
  tops16: Tops16Handler
  deep10: Deep10Handler
  deepplus10: Deepplus10Handler
}

/** What shows a message of a protocol, known or not: a union that `type` tells apart. */
export interface ProtocolMessages {
  itch50: Itch50View | UnknownMessageView
  tops16: Tops16View | UnknownMessageView
  deep10: Deep10View | UnknownMessageView
  deepplus10: Deepplus10View | UnknownMessageView
}

/** One kind of message of a protocol, as a table of columns. */
export interface MessageKind {
  /** The name that views have as `type`. */
  readonly name: string
  /** One sentence, or empty. */
  readonly doc: string
  /** In wire order. They read any message of this kind. */
  readonly columns: readonly Column[]
}

export { PROTOCOL_NAMES, type ProtocolName } from './protocol-names.js'

/** What is needed of a protocol to read, write, dispatch and export its messages. */
export interface Protocol {
  /** As `--protocol` spells it. */
  readonly name: string
  /** What people call it. */
  readonly title: string
  /** IANA name of the zone that times of day count in; null where there are none. */
  readonly timeZone: string | null
  /** All kinds of messages. Those that the protocol cannot name are of none. */
  readonly kinds: readonly MessageKind[]
  /** @param epoch what `sentNs` of native messages counts from */
  createViews(epoch?: SessionEpoch): MessageViews
  /**
   * @param handler an object whose methods are named after messages, `onMessage` and `onUnknown`
   * @param epoch what `sentNs` of native messages counts from
   */
  createDispatch(handler: object, epoch?: SessionEpoch): MessageDispatch
}

/** A protocol that is described by a field table. */
export interface TableProtocol extends Protocol {
  readonly table: ProtocolTable
}

function of(
  table: ProtocolTable,
  createViews: Protocol['createViews'],
  createDispatch: Protocol['createDispatch'],
): TableProtocol {
  const { name, title, timeZone = null } = table
  const kinds = table.messages.map((message) => ({
    name: message.name,
    doc: message.doc ?? '',
    columns: columnsOf(table, message),
  }))
  return { name, title, timeZone, kinds, table, createViews, createDispatch }
}

/** The protocols that are built in. */
export const PROTOCOLS: Readonly<Record<ProtocolName, TableProtocol>> = {
  native: of(
    NATIVE,
    (epoch) => new NativeViews(epoch),
    (handler, epoch) => new NativeDispatch(handler, epoch),
  ),
  itch50: of(
    ITCH50,
    () => new Itch50Views() as MessageViews,
    (handler) => new Itch50Dispatch(handler),
  ),
  tops16: of(
    TOPS16,
    () => new Tops16Views() as MessageViews,
    (handler) => new Tops16Dispatch(handler),
  ),
  deep10: of(
    DEEP10,
    () => new Deep10Views() as MessageViews,
    (handler) => new Deep10Dispatch(handler),
  ),
  deepplus10: of(
    DEEPPLUS10,
    () => new Deepplus10Views() as MessageViews,
    (handler) => new Deepplus10Dispatch(handler),
  ),
}
