/*
 * A UDP receiver as one would write it for Bun, the counterpart of the one for node:dgram. Bun has no
 * option for the size of the socket's buffer. Shares no code with Tickwire.
 *
 *   bun receive-bun.js IDLE_MS
 *
 * Says `ready PORT` on standard error and, when nothing has come for a while, prints one line:
 *
 *   {"received":N,"missing":N,"seconds":S,"latencyNs":{"p50":N,"p99":N,"p999":N,"max":N}}
 */
const MESSAGE_BYTES = 29
const SEQUENCE_AT = 16
const CHECK_MS = 20
const idleMs = Number(process.argv[2])

// Nanoseconds since 1970 do not fit a number exactly: count from a whole second near now.
const epochMs = Math.floor(performance.timeOrigin / 1000) * 1000
const epochNs = BigInt(epochMs) * 1_000_000n
const epochHigh = Number(epochNs >> 32n)
const epochLow = Number(epochNs & 0xffff_ffffn)
const originNs = (performance.timeOrigin - epochMs) * 1e6

let latencies = new Float64Array(1 << 20)
let received = 0
let missing = 0
let nextSequence = 0
let firstMs = 0
let lastMs = 0

function onData(_socket, bytes) {
  if (bytes.length !== MESSAGE_BYTES) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nowMs = performance.now()
  const high = view.getUint32(4, true) - epochHigh
  const low = view.getUint32(0, true) - epochLow
  if (received === latencies.length) {
    const longer = new Float64Array(2 * latencies.length)
    longer.set(latencies)
    latencies = longer
  }
  latencies[received] = Math.max(0, originNs + nowMs * 1e6 - (high * 2 ** 32 + low))
  const sequence = view.getUint32(SEQUENCE_AT, true)
  missing += Math.max(0, sequence - nextSequence)
  nextSequence = sequence + 1
  if (received === 0) firstMs = nowMs
  lastMs = nowMs
  received++
}

const socket = await Bun.udpSocket({ hostname: '127.0.0.1', socket: { data: onData } })
process.stderr.write(`ready ${socket.port}\n`)

const timer = setInterval(() => {
  if (received === 0 || performance.now() - lastMs < idleMs) return
  clearInterval(timer)
  socket.close()
  const sorted = latencies.subarray(0, received).sort()
  const at = (percent) => Math.round(sorted[Math.ceil((percent / 100) * received) - 1])
  const latencyNs = { p50: at(50), p99: at(99), p999: at(99.9), max: at(100) }
  const seconds = (lastMs - firstMs) / 1000
  process.stdout.write(`${JSON.stringify({ received, missing, seconds, latencyNs })}\n`, () =>
    process.exit(),
  )
}, CHECK_MS)
// The pipe from the parent ends with it, whatever ended it.
process.stdin.resume().on('end', () => process.exit())
