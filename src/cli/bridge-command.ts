import { BRIDGE_FLAGS } from './bridge-flags.js'
import { command } from './command.js'

export const bridgeCommand = command({
  operands: [
    { usage: '<stream>', help: 'nats://HOST:PORT/STREAM, or tls://…', min: 1, max: 1 },
    {
      usage: '[endpoint...]',
      help: 'what to publish: as for receive (default: udp://127.0.0.1:9001)',
      max: Number.POSITIVE_INFINITY,
    },
  ],
  options: BRIDGE_FLAGS,
  examples: [
    'bridge nats://127.0.0.1:4222/market udp://239.1.1.1:9001 --create',
    'bridge nats://127.0.0.1:4222/market --framing moldudp64 --recover udp://10.0.0.9:9100 --spill /var/spool/tickwire',
  ],
  run: async (operands, flags, output) => {
    const { runBridge } = await import('./bridge-run.js')
    await runBridge(operands, flags, output)
  },
})
