const WIDTH = 760
/** Of one chart. */
export const PANEL_HEIGHT = 346

/** An SVG page with charts on it, for light and for dark pages. */
export function drawPage(label: string, height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height + 16}" width="${WIDTH}" role="img" aria-label="${label}">`,
    STYLE,
    `<rect class="page" x="0" y="0" width="${WIDTH}" height="${height + 16}" rx="8"/>`,
    ...content,
    '</svg>',
    '',
  ].join('\n')
}

const STYLE = `<style>
  .page { fill: #ffffff } .title { fill: #1f2328 } .label { fill: #1f2328 } .note { fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 } .mark { stroke: #1f2328; stroke-width: 1; stroke-dasharray: 2 3 }
  .first { stroke: #0969da } .second { stroke: #bc4c00 } .third { stroke: #8250df }
  .first.dot { fill: #0969da } .second.dot { fill: #bc4c00 } .third.dot { fill: #8250df }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .observed.dot { fill: #cf222e } .own.dot { fill: none; stroke: #59636e; stroke-width: 1.5 }
  .second.line { stroke-dasharray: 7 4 } .third.line { stroke-dasharray: 2 4; stroke-linecap: round }
  .ring { fill: none; stroke: #1f2328; stroke-width: 2 }
  .over { stroke: #ffffff; stroke-width: 5; paint-order: stroke; stroke-linejoin: round }
  text { font: 13px system-ui, sans-serif } .title { font-weight: 600; font-size: 15px } .note { font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .title { fill: #f0f6fc } .label { fill: #f0f6fc } .note { fill: #9198a1 }
    .over { stroke: #0d1117 }
    .grid { stroke: #2a313a } .mark { stroke: #f0f6fc } .ring { stroke: #f0f6fc }
    .first { stroke: #4493f8 } .second { stroke: #f0883e } .third { stroke: #ab7df8 }
    .first.dot { fill: #4493f8 } .second.dot { fill: #f0883e } .third.dot { fill: #ab7df8 }
    .observed.dot { fill: #ff7b72 } .own.dot { stroke: #9198a1 }
  }
</style>`
