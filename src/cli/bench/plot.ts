import { formatNs, formatRate } from '../../observe/format.js'
import { escapeXml } from '../plot/svg.js'
import type { BenchReport } from './report.js'
import type { SubjectResult } from './scenarios.js'

const WIDTH = 760
const ROW_HEIGHT = 30
const LABEL_WIDTH = 190
const VALUE_WIDTH = 150
const BAR_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH - 24
const PANEL_HEAD = 46
const PANEL_GAP = 18

interface Bar {
  readonly label: string
  readonly value: number
  readonly text: string
  readonly own: boolean
}

interface Panel {
  readonly title: string
  readonly note: string
  readonly bars: readonly Bar[]
}

/** A picture of a bench run, for light and for dark pages. Plain SVG, no script, no font of its own. */
export function plotBench(report: BenchReport): string {
  const panels = report.scenarios.map(({ name, results }): Panel => {
    if (name === 'paced latency') return latencyPanel(results, report.rounds)
    return ratePanel(name, results, report.rounds)
  })
  const ring = report.ring
  if (ring?.tickwire) {
    const bars = [
      bar('tickwire ring', ring.tickwire.median, `${formatRate(ring.tickwire.median)}/s`),
    ]
    if (ring.native) {
      bars.push(bar('C++ ring', ring.native.median, `${formatRate(ring.native.median)}/s`))
    }
    const note = 'messages/s between two threads, batches of 32, longer is better'
    panels.push({ title: 'ring alone', note, bars })
  }
  let y = 16
  const drawn = panels.map((panel) => {
    const svg = drawPanel(panel, y)
    y += PANEL_HEAD + panel.bars.length * ROW_HEIGHT + PANEL_GAP
    return svg
  })
  const { cpu, cores, node } = report.machine
  // The release without what only the machine's owner knows.
  const kernel = report.machine.kernel.replace(/(\d+\.\d+)\S*/, '$1')
  const foot = `${cpu}, ${cores} cores, ${kernel}, Node ${node}; medians of ${report.rounds} alternating rounds`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 18}" width="${WIDTH}" role="img" aria-label="Tickwire bench">`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${y + 18}" rx="8"/>`,
    ...drawn,
    `<text class="note" x="16" y="${y + 4}">${escapeXml(foot)}</text>`,
    '</svg>',
    '',
  ].join('\n')
}

const STYLE = `<style>
  .page { fill: #ffffff } .title { fill: #1f2328 } .label { fill: #1f2328 } .note { fill: #59636e }
  .own { fill: #0969da } .other { fill: #8c959f } .rail { fill: #eff2f5 }
  text { font: 13px system-ui, sans-serif } .title { font-weight: 600; font-size: 15px } .note { font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .title { fill: #f0f6fc } .label { fill: #f0f6fc } .note { fill: #9198a1 }
    .own { fill: #4493f8 } .other { fill: #656c76 } .rail { fill: #212830 }
  }
</style>`

function ratePanel(name: string, results: readonly SubjectResult[], rounds: number): Panel {
  const bars = results.map((one) => {
    const rate = one.perSecond?.median ?? 0
    const loss = one.lossPercent?.median ?? 0
    return bar(one.subject, rate, `${formatRate(rate)}/s, ${Number(loss.toFixed(1))} % lost`)
  })
  return { title: name, note: `messages/s received, median of ${rounds}, longer is better`, bars }
}

function latencyPanel(results: readonly SubjectResult[], rounds: number): Panel {
  const bars = results.map((one) => {
    const { p50, p99 } = one.latencyNs
    return bar(one.subject, p50 ?? 0, `${formatNs(p50)}, p99 ${formatNs(p99)}`)
  })
  return {
    title: 'paced latency',
    note: `one way, p50 at a fixed rate, median of ${rounds}, shorter is better`,
    bars,
  }
}

function bar(label: string, value: number, text: string): Bar {
  return { label, value, text, own: label.startsWith('tickwire') }
}

function drawPanel(panel: Panel, top: number): string {
  const most = Math.max(...panel.bars.map(({ value }) => value), Number.MIN_VALUE)
  const rows = panel.bars.map((one, i) => {
    const y = top + PANEL_HEAD + i * ROW_HEIGHT
    const width = Math.max(2, (one.value / most) * BAR_WIDTH)
    return [
      `<text class="label" x="16" y="${y + 14}">${escapeXml(one.label)}</text>`,
      `<rect class="rail" x="${LABEL_WIDTH}" y="${y}" width="${BAR_WIDTH}" height="20" rx="3"/>`,
      `<rect class="${one.own ? 'own' : 'other'}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="20" rx="3"/>`,
      `<text class="label" x="${LABEL_WIDTH + BAR_WIDTH + 10}" y="${y + 14}">${escapeXml(one.text)}</text>`,
    ].join('\n')
  })
  return [
    `<text class="title" x="16" y="${top + 14}">${escapeXml(panel.title)}</text>`,
    `<text class="note" x="16" y="${top + 32}">${escapeXml(panel.note)}</text>`,
    ...rows,
  ].join('\n')
}
