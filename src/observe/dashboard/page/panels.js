import { bytes, nanoseconds, percent, short } from './format.js'
import { drawHeat } from './heat-map.js'
import { CAUSES } from './history.js'
import { Plot } from './plot.js'

const CAUSE_NAMES = {
  kernel: 'kernel',
  ring: 'ring',
  network: 'network',
  invalid: 'invalid',
  unrecovered: 'unrecovered',
  cutOff: 'cut off',
}
const perSecond = (value) => (value === null ? '–' : `${short(value)}/s`)
const LINE_COLORS = ['c-a', 'c-b', 'c-recovered', 'c-suspect', 'c-ring', 'c-unrecovered']
const lineColor = (i) => LINE_COLORS[i % LINE_COLORS.length]

/** The plots of a run, by what it is. */
export function plotsOf(card, view) {
  const specs = card.command === 'receive' ? feedPlots(card) : senderPlots(card)
  return specs.map((spec) => new Plot(spec, view))
}

function feedPlots(card) {
  const lines = card.lines.map(({ name }, i) => ({ name, i }))
  const two = lines.length > 1
  const named = (word, name) => (two ? `${word} ${name}` : word)
  const plots = [
    {
      id: 'rate',
      title: 'Messages per second',
      unit: perSecond,
      series: [
        series('expected', 'c-expected', (row) => row.expected, { dash: [5, 4] }),
        series('delivered', 'c-delivered', (row) => row.delivered, { fill: true }),
        ...(two ? [series('recovered', 'c-skipped', (row) => row.recovered)] : []),
      ],
    },
    {
      id: 'loss',
      title: 'Loss by place',
      unit: perSecond,
      series: [
        ...CAUSES.map((cause) =>
          series(CAUSE_NAMES[cause], `c-${cause}`, (row) => row.lost[cause], {
            fill: true,
            stack: true,
          }),
        ),
        series('skipped', 'c-skipped', (row) => row.skipped, { fill: true, stack: true }),
      ],
    },
    {
      id: 'efficiency',
      title: 'Efficiency',
      unit: percent,
      share: true,
      series: [
        series('delivered of expected', 'c-delivered', (row) => row.efficiency, { fill: true }),
      ],
    },
    {
      id: 'fill',
      title: 'Queues, of their capacity',
      unit: percent,
      max: 100,
      series: lines.flatMap(({ name, i }) => [
        series(named('ring', name), lineColor(i), (row) => row.lines[i]?.ring, { fill: !two }),
        series(
          named('kernel buffer', name),
          two ? lineColor(i) : 'c-kernel',
          (row) => row.lines[i]?.buffer,
          {
            dash: [5, 4],
          },
        ),
      ]),
    },
    ...(card.bridge ? [backlogPlot()] : []),
    ...timePlots('Latency', card),
  ]
  if (!two) return plots
  return [
    ...plots,
    {
      id: 'lead',
      title: 'Who was first, and by how much',
      unit: nanoseconds,
      log: true,
      series: lines.map(({ name, i }) =>
        series(`lead of ${name}`, lineColor(i), (row) => positive(row.lines[i]?.leadNs)),
      ),
    },
    {
      id: 'first',
      title: 'Datagrams that came first, by line',
      unit: perSecond,
      series: lines.map(({ name, i }) =>
        series(`line ${name}`, lineColor(i), (row) => row.lines[i]?.first, { fill: i === 0 }),
      ),
    },
  ]
}

function backlogPlot() {
  return {
    id: 'backlog',
    title: 'Waiting for the stream',
    unit: bytes,
    series: [
      series('in memory', 'c-ring', (row) => row.backlog, { fill: true }),
      series('on disk', 'c-kernel', (row) => row.spill, { dash: [5, 4] }),
    ],
  }
}

function senderPlots(card) {
  return [
    {
      id: 'rate',
      title: 'Sent per second',
      unit: perSecond,
      series: [series('sent', 'c-delivered', (row) => row.delivered, { fill: true })],
    },
    {
      id: 'loss',
      title: 'Refused by the kernel',
      unit: perSecond,
      series: [series('refused', 'c-network', (row) => row.refused, { fill: true, stack: true })],
    },
    ...timePlots('Lateness', card),
  ]
}

function timePlots(title, { heatRowsNs }) {
  return [
    {
      id: 'latency',
      title: `${title}, percentiles`,
      unit: nanoseconds,
      log: true,
      series: [
        series('p50', 'c-p50', (row) => positive(row.p50)),
        series('p90', 'c-p90', (row) => positive(row.p90)),
        series('p99', 'c-p99', (row) => positive(row.p99)),
        series('p99.9', 'c-p999', (row) => positive(row.p999)),
        series('max', 'c-max', (row) => positive(row.max), { dash: [2, 3] }),
      ],
    },
    {
      id: 'heat',
      title: `${title}, all of it`,
      unit: nanoseconds,
      log: true,
      draw: (u, rows) => drawHeat(u, rows, heatRowsNs),
      series: [
        series('p50', 'text', (row) => positive(row.p50)),
        series('most', 'c-max', (row) => positive(row.max), { hidden: true, legend: false }),
        series('least', 'c-p50', (row) => leastOf(row, heatRowsNs), {
          hidden: true,
          legend: false,
        }),
      ],
    },
  ]
}

function series(label, color, value, more = {}) {
  return { label, color, value, ...more }
}

/** Zero has no place on a logarithmic scale. */
function positive(value) {
  return value === null || value === undefined ? null : Math.max(1, value)
}

function leastOf({ heat }, rowsNs) {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < heat.length; i += 2) least = Math.min(least, rowsNs[heat[i]])
  return Number.isFinite(least) ? least : null
}

/** The figures of now: `[{ label, value, aside, level }]`. */
export function tilesOf(card, sample, row) {
  const latency = {
    label: card.command === 'receive' ? 'Latency, median' : 'Lateness, median',
    value: nanoseconds(row?.p50 ?? null),
    aside: `p99 ${nanoseconds(row?.p99 ?? null)}`,
  }
  const rate = { label: 'Messages/s', value: short(row?.delivered ?? null) }
  if (sample.ledger === null) {
    const { messages, datagrams, refused, requests } = sample.sent
    return [
      { ...rate, aside: `${short(messages ?? datagrams)} sent` },
      {
        label: 'Refused',
        value: short(refused),
        level: refused > 0 ? 'bad' : 'good',
        aside: 'by the kernel',
      },
      latency,
      { label: 'Requests', value: short(requests), aside: 'for lost messages' },
    ]
  }
  const { expected, delivered, lost, recovered, gapsOpen, missing, gaps } = sample.ledger
  const total = CAUSES.reduce((sum, cause) => sum + (lost[cause] ?? 0), 0)
  const efficiency = expected === 0 ? null : (100 * delivered) / expected
  const used = sample.lines.map(({ ringUsed }) => ringUsed).filter((slots) => slots !== null)
  const waiting = sample.lines.map(({ bufferUsed }) => bufferUsed).filter((some) => some !== null)
  const down = sample.lines.filter(({ up }) => !up).length
  return [
    { ...rate, aside: `${short(delivered)} delivered` },
    {
      label: 'Efficiency',
      value: percent(efficiency),
      level: levelOf(efficiency),
      aside: 'of the expected',
    },
    {
      label: 'Lost',
      value: short(total),
      level: total > 0 ? 'bad' : 'good',
      aside: causesOf(lost),
    },
    { label: 'Recovered', value: short(recovered), aside: `${short(gaps)} gaps seen` },
    {
      label: 'Gaps open',
      value: short(gapsOpen),
      level: gapsOpen > 0 ? 'warn' : undefined,
      aside: `${short(missing)} missing`,
    },
    latency,
    {
      label: 'Ring',
      value: used.length === 0 ? '–' : short(Math.max(...used)),
      aside: highWaterOf(card, sample),
    },
    ...(waiting.length === 0
      ? []
      : [
          {
            label: 'Kernel buffer',
            value: bytes(Math.max(...waiting)),
            aside: `of ${bytes(sample.lines[0]?.bufferBytes ?? null)}`,
          },
        ]),
    {
      label: 'Lines heard',
      value: `${sample.lines.length - down} of ${sample.lines.length}`,
      level: down > 0 ? 'warn' : undefined,
      aside: '',
    },
    ...bridgeTiles(sample.bridge),
    ...(sample.books === null
      ? []
      : [
          {
            label: 'Suspect books',
            value: short(sample.books.suspect),
            level: sample.books.suspect > 0 ? 'warn' : 'good',
            aside: `of ${short(sample.books.instruments)}`,
          },
        ]),
  ]
}

function bridgeTiles(bridge) {
  if (bridge === null) return []
  const { connected, batches, acknowledged, notPublished, backlogBytes, spillBytes } = bridge
  return [
    {
      label: 'Stream',
      value: connected ? 'there' : 'away',
      level: connected ? 'good' : 'bad',
      aside: `${short(acknowledged)} of ${short(batches)} batches stored`,
    },
    {
      label: 'Backlog',
      value: bytes(backlogBytes + spillBytes),
      level: notPublished > 0 ? 'bad' : spillBytes > 0 ? 'warn' : undefined,
      aside: `${short(notPublished)} messages not published`,
    },
  ]
}

function levelOf(efficiency) {
  if (efficiency === null) return undefined
  return efficiency === 100 ? 'good' : efficiency > 99 ? 'warn' : 'bad'
}

function causesOf(lost) {
  const parts = CAUSES.filter((cause) => lost[cause] > 0)
  return parts.length === 0 ? 'nothing' : parts.map((cause) => CAUSE_NAMES[cause]).join(', ')
}

function highWaterOf(card, { lines }) {
  const marks = lines.map(({ ringHighWater }) => ringHighWater).filter((mark) => mark !== null)
  if (marks.length === 0) return 'none here'
  return `of ${short(card.ringSlots)}, max ${short(Math.max(...marks))}`
}

/** Rows of the ledger: a part, what it adds up to, and the sum. */
export function ledgerRows(sample, row) {
  const { ledger, sent } = sample
  const line = (label, value, rate, kind, mark) => ({
    class: kind,
    cells: [
      label,
      [value === null ? '–' : value.toLocaleString('en'), mark ?? ''],
      rate === undefined ? '' : perSecond(rate ?? null),
    ],
  })
  if (ledger === null) {
    return [
      line('Messages sent', sent.messages, row?.delivered),
      line('Datagrams sent', sent.datagrams),
      line(
        'Refused by the kernel',
        sent.refused,
        row?.refused,
        undefined,
        sent.refused > 0 ? 'bad' : '',
      ),
    ]
  }
  const { expected, delivered, skipped, lost, recovered, missing, pending } = ledger
  const total = CAUSES.reduce((sum, cause) => sum + (lost[cause] ?? 0), 0)
  const adds = delivered + skipped + total === expected
  return [
    line('Delivered', delivered, row?.delivered),
    line('Skipped', skipped, row?.skipped),
    line('Lost', total, undefined, undefined, total > 0 ? 'bad' : ''),
    ...CAUSES.map((cause) =>
      line(CAUSE_NAMES[cause], lost[cause], row?.lost[cause], 'part', lost[cause] > 0 ? 'bad' : ''),
    ),
    line('Expected', expected, row?.expected, 'sum', adds ? 'good' : 'bad'),
    line('Recovered, among the delivered', recovered, row?.recovered, 'quiet'),
    line('Missing, not settled yet', missing, undefined, 'quiet'),
    line('Waiting for the handler', pending, undefined, 'quiet'),
    ...(sample.bridge === null
      ? []
      : [
          line('Stored in the stream', sample.bridge.messages, row?.stored, 'quiet'),
          line(
            'Not published',
            sample.bridge.notPublished,
            undefined,
            'quiet',
            sample.bridge.notPublished > 0 ? 'bad' : '',
          ),
        ]),
  ]
}

/** Rows of the table of lines. */
export function lineRows(card, sample) {
  const sending = card.command === 'send'
  return sample.lines.map((line, i) => ({
    cells: [
      `${card.lines[i]?.name} ${card.lines[i]?.endpoint}`,
      sending ? '' : [line.up ? 'heard' : 'silent', line.up ? 'good' : 'bad'],
      line.datagrams.toLocaleString('en'),
      sending ? '' : line.first.toLocaleString('en'),
      sending
        ? ''
        : [
            line.kernelDrops === null ? '–' : line.kernelDrops.toLocaleString('en'),
            line.kernelDrops > 0 ? 'bad' : '',
          ],
      sending ? '' : nanoseconds(line.leadNs),
    ],
  }))
}

export const LINE_HEADS = ['Line', 'State', 'Datagrams', 'First', 'Kernel drops', 'Lead']

/** Rows of the top of a book. */
export function bookRows(top) {
  const price = (value) => (value === null ? '–' : String(value))
  const size = (value) => (value === 0 ? '' : value.toLocaleString('en'))
  const state =
    top.suspect === null
      ? [top.state, top.state === 'valid' ? 'good' : '']
      : [`suspect since ${top.suspect.sinceSequence}: ${top.suspect.cause}`, 'bad']
  return [
    { cells: ['Ask', price(top.askPrice), size(top.askQuantity)] },
    { cells: ['Bid', price(top.bidPrice), size(top.bidQuantity)] },
    { cells: ['Last trade', price(top.lastPrice), size(top.lastQuantity)] },
    {
      class: 'quiet',
      cells: ['Trades, volume', top.trades.toLocaleString('en'), top.volume.toLocaleString('en')],
    },
    { class: 'quiet', cells: ['State', state, ''] },
    { class: 'quiet', cells: ['As of sequence', top.sequence.toLocaleString('en'), ''] },
  ]
}
