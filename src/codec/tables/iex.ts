import type { Field, MessageTable, ProtocolTable } from '../table/field-table.js'

const TIMESTAMP: Field = {
  name: 'timestamp',
  type: 'i64',
  offset: 2,
  unit: 'ns-since-1970',
  doc: 'When the exchange made the message',
}
const SYMBOL: Field = {
  name: 'symbol',
  type: 'text',
  offset: 10,
  length: 8,
  doc: 'Symbol of the instrument',
}

const code = (name: string, values: Readonly<Record<string, string>>): Field => ({
  name,
  type: 'char',
  offset: 1,
  values,
})
const flags = (bits: Readonly<Record<string, number>>): Field => ({
  name: 'flags',
  type: 'u8',
  offset: 1,
  bits,
})
const size = (offset: number, name = 'size', doc?: string): Field => ({
  name,
  type: 'u32',
  offset,
  ...(doc === undefined ? {} : { doc }),
})
const price = (offset: number, name = 'price', doc?: string): Field => ({
  name,
  type: 'i64',
  offset,
  decimals: 4,
  ...(doc === undefined ? {} : { doc }),
})
const RESERVED: Field = { name: 'reserved', type: 'u8', offset: 1, reserved: true }
const ORDER_ID: Field = { name: 'orderId', type: 'u64', offset: 18, doc: 'The order' }

/** Bits of the flags of trades. */
const SALE_CONDITION = {
  intermarketSweep: 0x80,
  extendedHours: 0x40,
  oddLot: 0x20,
  tradeThroughExempt: 0x10,
  singlePriceCross: 0x08,
} as const

function message(
  code: string,
  name: string,
  length: number,
  doc: string,
  first: Field,
  rest: readonly Field[] = [],
): MessageTable {
  return { name, code, length, doc, fields: [first, TIMESTAMP, SYMBOL, ...rest] }
}

const SYSTEM_EVENT: MessageTable = {
  name: 'systemEvent',
  code: 'S',
  length: 10,
  doc: 'A phase of the day begins or ends',
  fields: [
    code('systemEvent', {
      O: 'start of messages',
      S: 'start of system hours',
      R: 'start of regular market hours',
      M: 'end of regular market hours',
      E: 'end of system hours',
      C: 'end of messages',
    }),
    TIMESTAMP,
  ],
}

/** Messages that all of the feeds have. */
const ADMINISTRATIVE: readonly MessageTable[] = [
  SYSTEM_EVENT,
  message(
    'D',
    'securityDirectory',
    31,
    'What is known of an instrument',
    flags({ testSecurity: 0x80, whenIssued: 0x40, etp: 0x20 }),
    [
      size(18, 'roundLotSize', 'Shares in a round lot'),
      price(22, 'adjustedPocPrice', 'Official close of the day before, adjusted'),
      {
        name: 'luldTier',
        type: 'u8',
        offset: 30,
        values: { 0: 'not applicable', 1: 'tier 1', 2: 'tier 2' },
      },
    ],
  ),
  message(
    'H',
    'tradingStatus',
    22,
    'An instrument is halted, paused or traded',
    code('tradingStatus', {
      H: 'halted',
      O: 'halted, orders accepted',
      P: 'paused, orders accepted',
      T: 'trading',
    }),
    [{ name: 'reason', type: 'text', offset: 18, length: 4 }],
  ),
  message(
    'I',
    'retailLiquidityIndicator',
    18,
    'Retail interest on one side or both',
    code('retailLiquidityIndicator', { ' ': 'none', A: 'buy', B: 'sell', C: 'both' }),
  ),
  message(
    'O',
    'operationalHaltStatus',
    18,
    'The exchange alone halts an instrument, or no longer',
    code('operationalHaltStatus', { O: 'halted', N: 'not halted' }),
  ),
  message(
    'P',
    'shortSalePriceTestStatus',
    19,
    'A short-sale price test begins, goes on or ends',
    {
      name: 'shortSalePriceTestStatus',
      type: 'u8',
      offset: 1,
      values: { 0: 'not in effect', 1: 'in effect' },
    },
    [
      {
        name: 'detail',
        type: 'char',
        offset: 18,
        values: {
          ' ': 'no price test',
          A: 'activated by a fall of the price',
          C: 'continued',
          D: 'deactivated',
          N: 'not available',
        },
      },
    ],
  ),
  message(
    'E',
    'securityEvent',
    18,
    'An opening or closing process is complete',
    code('securityEvent', { O: 'opening process complete', C: 'closing process complete' }),
  ),
]

const TRADE_FIELDS: readonly Field[] = [
  size(18, 'size', 'Shares traded'),
  price(22),
  { name: 'tradeId', type: 'i64', offset: 30, doc: 'The trade, by which it may be broken' },
]

const TRADE_BREAK = message(
  'B',
  'tradeBreak',
  38,
  'A trade is broken',
  flags(SALE_CONDITION),
  TRADE_FIELDS,
)

const LEVEL_FLAGS = flags({ eventComplete: 0x01 })
const LEVEL_FIELDS: readonly Field[] = [
  size(18, 'size', 'Shares at this price; 0 removes the level'),
  price(22),
]

/** The messages of the aggregated feeds. TOPS and DEEP share one list and differ in what they send. */
const AGGREGATED: readonly MessageTable[] = [
  ...ADMINISTRATIVE,
  message(
    'Q',
    'quoteUpdate',
    42,
    'The best bid and ask of an instrument',
    flags({ halted: 0x80, extendedHours: 0x40 }),
    [
      size(18, 'bidSize', 'Shares at the best bid; 0 is none'),
      price(22, 'bidPrice'),
      price(30, 'askPrice'),
      size(38, 'askSize', 'Shares at the best ask; 0 is none'),
    ],
  ),
  message('T', 'tradeReport', 38, 'A trade', flags(SALE_CONDITION), TRADE_FIELDS),
  message(
    'X',
    'officialPrice',
    26,
    'The official opening or closing price of a listed instrument',
    code('priceType', { Q: 'opening', M: 'closing' }),
    [price(18, 'officialPrice')],
  ),
  TRADE_BREAK,
  message(
    'A',
    'auctionInformation',
    80,
    'What a coming auction would do',
    code('auctionType', {
      O: 'opening',
      C: 'closing',
      I: 'initial offering',
      H: 'after a halt',
      V: 'after a volatility pause',
    }),
    [
      size(18, 'pairedShares'),
      price(22, 'referencePrice'),
      price(30, 'indicativeClearingPrice'),
      size(38, 'imbalanceShares'),
      {
        name: 'imbalanceSide',
        type: 'char',
        offset: 42,
        values: { B: 'buy', S: 'sell', N: 'none' },
      },
      { name: 'extensionNumber', type: 'u8', offset: 43, doc: 'Extensions so far' },
      { name: 'scheduledAuctionTime', type: 'u32', offset: 44, unit: 's-since-1970' },
      price(48, 'auctionBookClearingPrice'),
      price(56, 'collarReferencePrice'),
      price(64, 'lowerAuctionCollar'),
      price(72, 'upperAuctionCollar'),
    ],
  ),
  message(
    '8',
    'priceLevelUpdateBuy',
    30,
    'The shares at one price of the buy side',
    LEVEL_FLAGS,
    LEVEL_FIELDS,
  ),
  message(
    '5',
    'priceLevelUpdateSell',
    30,
    'The shares at one price of the sell side',
    LEVEL_FLAGS,
    LEVEL_FIELDS,
  ),
]

const COMMON = {
  byteOrder: 'little',
  timeZone: 'America/New_York',
} as const

/** IEX TOPS, version 1.6: best bid and ask, trades. */
export const TOPS16: ProtocolTable = {
  ...COMMON,
  name: 'tops16',
  title: 'IEX TOPS 1.6',
  source: 'IEX TOPS specification, version 1.6; checked on captured traffic',
  messages: AGGREGATED,
}

/** IEX DEEP, version 1.0: price levels, trades. */
export const DEEP10: ProtocolTable = {
  ...COMMON,
  name: 'deep10',
  title: 'IEX DEEP 1.0',
  source: 'IEX DEEP specification, version 1.0; checked on captured traffic',
  messages: AGGREGATED,
}

/** IEX DEEP+, version 1.0: order by order. */
export const DEEPPLUS10: ProtocolTable = {
  ...COMMON,
  name: 'deepplus10',
  title: 'IEX DEEP+ 1.0',
  source: 'IEX DEEP+ specification, version 1.0; checked on captured traffic',
  messages: [
    ...ADMINISTRATIVE,
    message(
      'a',
      'addOrder',
      38,
      'A new order is displayed',
      { name: 'side', type: 'char', offset: 1, values: { 8: 'buy', 5: 'sell' } },
      [ORDER_ID, size(26, 'size', 'Shares displayed'), price(30)],
    ),
    message(
      'M',
      'orderModify',
      38,
      'An order changes its price or size',
      flags({ keepsPriority: 0x01 }),
      [ORDER_ID, size(26, 'size', 'Shares displayed from now on'), price(30)],
    ),
    message('R', 'orderDelete', 26, 'An order leaves the book', RESERVED, [ORDER_ID]),
    message(
      'L',
      'orderExecuted',
      46,
      'A displayed order is executed, wholly or in part',
      flags(SALE_CONDITION),
      [
        ORDER_ID,
        size(26, 'size', 'Shares executed'),
        price(30, 'price', "The price of the execution, which may differ from the order's"),
        { name: 'tradeId', type: 'u64', offset: 38, doc: 'The trade, by which it may be broken' },
      ],
    ),
    message(
      'T',
      'trade',
      38,
      'An execution between orders that were not displayed',
      flags(SALE_CONDITION),
      TRADE_FIELDS,
    ),
    TRADE_BREAK,
    message('C', 'clearBook', 18, 'All orders of an instrument leave the book', RESERVED),
  ],
}
