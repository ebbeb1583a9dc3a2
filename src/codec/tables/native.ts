import type { ProtocolTable } from '../table/field-table.js'

/**
 * Tickwire's own message. It has no type byte, since there is no other; `MarketDataView` in `wire` is
 * its view, and this table only describes it (a test proves both equal).
 */
export const NATIVE: ProtocolTable = {
  name: 'native',
  title: "Tickwire's native message",
  byteOrder: 'little',
  typeOffset: null,
  messages: [
    {
      name: 'marketData',
      length: 29,
      doc: 'A quote or a trade',
      fields: [
        {
          name: 'timestamp',
          type: 'u64',
          offset: 0,
          unit: 'ns-since-1970',
          doc: 'When the message was sent',
        },
        { name: 'price', type: 'i64', offset: 8, decimals: 9 },
        { name: 'sequence', type: 'u32', offset: 16, doc: 'Position in the feed; wraps' },
        { name: 'instrument', type: 'u32', offset: 20, doc: 'Number of the instrument' },
        { name: 'quantity', type: 'u32', offset: 24, doc: 'Units offered, asked for or traded' },
        {
          name: 'side',
          type: 'u8',
          offset: 28,
          values: { 0: 'none', 1: 'bid', 2: 'ask', 3: 'trade' },
        },
      ],
    },
  ],
}
