import type { Field, MessageTable, ProtocolTable } from '../table/field-table.js'

/** What every message begins with. */
const HEADER: readonly Field[] = [
  { name: 'stockLocate', type: 'u16', offset: 1, doc: "The day's number for the instrument" },
  { name: 'trackingNumber', type: 'u16', offset: 3, doc: "The exchange's own number" },
  {
    name: 'timestamp',
    type: 'u48',
    offset: 5,
    unit: 'ns-of-day',
    doc: 'When the exchange made the message',
  },
]

const SIDE = { B: 'buy', S: 'sell' } as const
const YES_NO = { Y: 'yes', N: 'no' } as const
const YES_NO_BLANK = { Y: 'yes', N: 'no', ' ': 'not applicable' } as const
const CROSS = {
  O: 'opening',
  C: 'closing',
  H: 'after a halt, or of an initial offering',
  I: 'within the day',
  A: 'extended trading close',
} as const

const stock = (offset: number): Field => ({
  name: 'stock',
  type: 'text',
  offset,
  length: 8,
  doc: 'Symbol of the instrument',
})
const order = (offset: number, doc = 'The order'): Field => ({
  name: 'orderReferenceNumber',
  type: 'u64',
  offset,
  doc,
})
const match = (offset: number): Field => ({
  name: 'matchNumber',
  type: 'u64',
  offset,
  doc: 'The execution, by which it may be broken',
})
const side = (offset: number): Field => ({ name: 'side', type: 'char', offset, values: SIDE })
const shares = (offset: number, doc: string): Field => ({
  name: 'shares',
  type: 'u32',
  offset,
  doc,
})
const price = (offset: number, name = 'price', doc?: string): Field => ({
  name,
  type: 'u32',
  offset,
  decimals: 4,
  ...(doc === undefined ? {} : { doc }),
})

function message(
  code: string,
  name: string,
  length: number,
  doc: string,
  fields: readonly Field[],
): MessageTable {
  return { name, code, length, doc, fields: [...HEADER, ...fields] }
}

/** NASDAQ TotalView-ITCH, version 5.0. */
export const ITCH50: ProtocolTable = {
  name: 'itch50',
  title: 'NASDAQ TotalView-ITCH 5.0',
  byteOrder: 'big',
  timeZone: 'America/New_York',
  source: 'Nasdaq TotalView-ITCH 5.0 specification; lengths checked on captured traffic',
  messages: [
    message('S', 'systemEvent', 12, 'A phase of the day begins or ends', [
      {
        name: 'eventCode',
        type: 'char',
        offset: 11,
        values: {
          O: 'start of messages',
          S: 'start of system hours',
          Q: 'start of market hours',
          M: 'end of market hours',
          E: 'end of system hours',
          C: 'end of messages',
        },
      },
    ]),
    message('R', 'stockDirectory', 39, 'What is known of an instrument, before the open', [
      stock(11),
      {
        name: 'marketCategory',
        type: 'char',
        offset: 19,
        values: {
          Q: 'Nasdaq Global Select',
          G: 'Nasdaq Global Market',
          S: 'Nasdaq Capital Market',
          N: 'New York Stock Exchange',
          A: 'NYSE American',
          P: 'NYSE Arca',
          Z: 'Cboe BZX',
          V: 'IEX',
          ' ': 'not available',
        },
      },
      {
        name: 'financialStatusIndicator',
        type: 'char',
        offset: 20,
        values: {
          D: 'deficient',
          E: 'delinquent',
          Q: 'bankrupt',
          S: 'suspended',
          G: 'deficient and bankrupt',
          H: 'deficient and delinquent',
          J: 'delinquent and bankrupt',
          K: 'deficient, delinquent and bankrupt',
          C: 'creations or redemptions suspended',
          N: 'normal',
          ' ': 'not available',
        },
      },
      { name: 'roundLotSize', type: 'u32', offset: 21, doc: 'Shares in a round lot' },
      { name: 'roundLotsOnly', type: 'char', offset: 25, values: YES_NO },
      { name: 'issueClassification', type: 'char', offset: 26, doc: 'Class of the security' },
      { name: 'issueSubType', type: 'text', offset: 27, length: 2, doc: 'Kind of the security' },
      {
        name: 'authenticity',
        type: 'char',
        offset: 29,
        values: { P: 'live', T: 'test' },
      },
      { name: 'shortSaleThresholdIndicator', type: 'char', offset: 30, values: YES_NO_BLANK },
      { name: 'ipoFlag', type: 'char', offset: 31, values: YES_NO_BLANK },
      {
        name: 'luldReferencePriceTier',
        type: 'char',
        offset: 32,
        values: { 1: 'tier 1', 2: 'tier 2', ' ': 'not applicable' },
      },
      { name: 'etpFlag', type: 'char', offset: 33, values: YES_NO_BLANK },
      { name: 'etpLeverageFactor', type: 'u32', offset: 34 },
      { name: 'inverseIndicator', type: 'char', offset: 38, values: YES_NO },
    ]),
    message('H', 'stockTradingAction', 25, 'An instrument is halted, paused, quoted or traded', [
      stock(11),
      {
        name: 'tradingState',
        type: 'char',
        offset: 19,
        values: { H: 'halted', P: 'paused', Q: 'quotation only', T: 'trading' },
      },
      { name: 'reserved', type: 'char', offset: 20, reserved: true },
      { name: 'reason', type: 'text', offset: 21, length: 4 },
    ]),
    message('Y', 'regShoRestriction', 20, 'A short-sale price test begins, goes on or ends', [
      stock(11),
      {
        name: 'regShoAction',
        type: 'char',
        offset: 19,
        values: { 0: 'no price test', 1: 'in effect since today', 2: 'remains in effect' },
      },
    ]),
    message('L', 'marketParticipantPosition', 26, 'Standing of a market maker in an instrument', [
      { name: 'mpid', type: 'text', offset: 11, length: 4, doc: 'The market participant' },
      stock(15),
      { name: 'primaryMarketMaker', type: 'char', offset: 23, values: YES_NO },
      {
        name: 'marketMakerMode',
        type: 'char',
        offset: 24,
        values: { N: 'normal', P: 'passive', S: 'syndicate', R: 'pre-syndicate', L: 'penalty' },
      },
      {
        name: 'marketParticipantState',
        type: 'char',
        offset: 25,
        values: {
          A: 'active',
          E: 'excused',
          W: 'withdrawn',
          S: 'suspended',
          D: 'deleted',
        },
      },
    ]),
    message('V', 'mwcbDeclineLevel', 35, 'Index levels that stop the whole market today', [
      { name: 'level1', type: 'u64', offset: 11, decimals: 8 },
      { name: 'level2', type: 'u64', offset: 19, decimals: 8 },
      { name: 'level3', type: 'u64', offset: 27, decimals: 8 },
    ]),
    message('W', 'mwcbStatus', 12, 'A market-wide circuit breaker level was breached', [
      {
        name: 'breachedLevel',
        type: 'char',
        offset: 11,
        values: { 1: 'level 1', 2: 'level 2', 3: 'level 3' },
      },
    ]),
    message('K', 'ipoQuotingPeriodUpdate', 28, 'When quoting of an initial offering begins', [
      stock(11),
      { name: 'ipoQuotationReleaseTime', type: 'u32', offset: 19, unit: 's-of-day' },
      {
        name: 'ipoQuotationReleaseQualifier',
        type: 'char',
        offset: 23,
        values: { A: 'anticipated', C: 'cancelled or postponed' },
      },
      price(24, 'ipoPrice'),
    ]),
    message('J', 'luldAuctionCollar', 35, 'Bounds of the auction after a pause', [
      stock(11),
      price(19, 'auctionCollarReferencePrice'),
      price(23, 'upperAuctionCollarPrice'),
      price(27, 'lowerAuctionCollarPrice'),
      { name: 'auctionCollarExtension', type: 'u32', offset: 31, doc: 'Extensions so far' },
    ]),
    message(
      'h',
      'operationalHalt',
      21,
      "An instrument is halted on one of the operator's markets",
      [
        stock(11),
        {
          name: 'marketCode',
          type: 'char',
          offset: 19,
          values: { Q: 'Nasdaq', B: 'BX', X: 'PSX' },
        },
        {
          name: 'operationalHaltAction',
          type: 'char',
          offset: 20,
          values: { H: 'halted', T: 'lifted' },
        },
      ],
    ),
    message('A', 'addOrder', 36, 'A new order is displayed', [
      order(11),
      side(19),
      shares(20, 'Shares displayed'),
      stock(24),
      price(32),
    ]),
    message('F', 'addOrderWithMpid', 40, 'A new order is displayed, and whose it is', [
      order(11),
      side(19),
      shares(20, 'Shares displayed'),
      stock(24),
      price(32),
      { name: 'mpid', type: 'text', offset: 36, length: 4, doc: 'The market participant' },
    ]),
    message('E', 'orderExecuted', 31, 'An order is executed at its price, wholly or in part', [
      order(11),
      shares(19, 'Shares executed'),
      match(23),
    ]),
    message('C', 'orderExecutedWithPrice', 36, 'An order is executed at another price', [
      order(11),
      shares(19, 'Shares executed'),
      match(23),
      { name: 'printable', type: 'char', offset: 31, values: YES_NO, doc: 'Counts as volume' },
      price(32, 'price', 'The price of the execution'),
    ]),
    message('X', 'orderCancel', 23, 'A part of an order is taken back', [
      order(11),
      shares(19, 'Shares taken back'),
    ]),
    message('D', 'orderDelete', 19, 'An order leaves the book', [order(11)]),
    message('U', 'orderReplace', 35, 'An order becomes another one and loses its priority', [
      order(11, 'The order that leaves; its side and instrument pass on'),
      {
        name: 'newOrderReferenceNumber',
        type: 'u64',
        offset: 19,
        doc: 'The order that takes its place',
      },
      shares(27, 'Shares displayed from now on'),
      price(31),
    ]),
    message('P', 'trade', 44, 'An execution against an order that was not displayed', [
      order(11),
      side(19),
      shares(20, 'Shares executed'),
      stock(24),
      price(32),
      match(36),
    ]),
    message('Q', 'crossTrade', 40, 'The result of a cross', [
      { name: 'shares', type: 'u64', offset: 11, doc: 'Shares matched' },
      stock(19),
      price(27),
      match(31),
      { name: 'crossType', type: 'char', offset: 39, values: CROSS },
    ]),
    message('B', 'brokenTrade', 19, 'An execution is broken', [match(11)]),
    message('I', 'netOrderImbalance', 50, 'What a coming cross would do', [
      { name: 'pairedShares', type: 'u64', offset: 11 },
      { name: 'imbalanceShares', type: 'u64', offset: 19 },
      {
        name: 'imbalanceDirection',
        type: 'char',
        offset: 27,
        values: {
          B: 'buy',
          S: 'sell',
          N: 'none',
          O: 'too few orders',
          P: 'paused',
        },
      },
      stock(28),
      price(36, 'farPrice'),
      price(40, 'nearPrice'),
      price(44, 'currentReferencePrice'),
      { name: 'crossType', type: 'char', offset: 48, values: CROSS },
      {
        name: 'priceVariationIndicator',
        type: 'char',
        offset: 49,
        doc: 'How far the near price is from the reference',
      },
    ]),
    message('N', 'retailPriceImprovement', 20, 'Retail interest on one side or both', [
      stock(11),
      {
        name: 'interestFlag',
        type: 'char',
        offset: 19,
        values: { B: 'buy', S: 'sell', A: 'both', N: 'none' },
      },
    ]),
    message('O', 'directListing', 48, 'Bounds and time of the first price of a direct listing', [
      stock(11),
      { name: 'openEligibilityStatus', type: 'char', offset: 19, values: YES_NO },
      price(20, 'minimumAllowablePrice'),
      price(24, 'maximumAllowablePrice'),
      price(28, 'nearExecutionPrice'),
      { name: 'nearExecutionTime', type: 'u64', offset: 32, unit: 'ns-of-day' },
      price(40, 'lowerPriceRangeCollar'),
      price(44, 'upperPriceRangeCollar'),
    ]),
  ],
}
