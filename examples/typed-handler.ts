/**
 * A handler that names messages of NASDAQ's ITCH 5.0: shares bought and sold per side, and the busiest
 * symbol, printed at the end. `satisfies` types each method's message.
 *
 *   npx tickwire receive --framing moldudp64 --protocol itch50 --handler typed-handler.js
 *
 * Node runs it from 22.18 on as it is; compile it for older ones.
 */
import type { Handler, ReceiveReport } from 'tickwire'

const sharesBySide = new Float64Array(256)
const ordersByLocate = new Uint32Array(65536)
const symbols: string[] = []

export default {
  onStockDirectory(message) {
    symbols[message.stockLocate] = message.stock
  },

  onAddOrder(message) {
    sharesBySide[message.sideCode] += message.shares
    ordersByLocate[message.stockLocate] += 1
  },

  onStop(report) {
    const busiest = ordersByLocate.indexOf(Math.max(...ordersByLocate))
    const { messageFaults, unknownMessages } = report as ReceiveReport
    console.error(`${sharesBySide[0x42]} shares to buy, ${sharesBySide[0x53]} to sell`)
    console.error(`busiest: ${symbols[busiest] ?? busiest}`)
    console.error(`${messageFaults} messages were too short, ${unknownMessages} unknown`)
  },
} satisfies Handler<'itch50'>
