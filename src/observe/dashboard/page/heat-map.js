import { color } from './plot.js'

/**
 * Draws, behind a logarithmic plot of times, how many values lie where: the more, the stronger.
 *
 * @param rowsNs lower ends of the rows
 */
export function drawHeat(u, rows, rowsNs) {
  const { ctx, bbox } = u
  const most = rows.reduce((max, { heat }) => {
    let here = max
    for (let i = 1; i < heat.length; i += 2) here = Math.max(here, heat[i])
    return here
  }, 1)
  const hue = color('heat')
  const scale = Math.log1p(most)
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (let r = 1; r < rows.length; r++) {
    const { at, heat } = rows[r]
    if (heat.length === 0) continue
    const right = u.valToPos(at, 'x', true)
    const left = u.valToPos(Math.max(rows[r - 1].at, at - 2), 'x', true)
    for (let i = 0; i < heat.length; i += 2) {
      const from = rowsNs[heat[i]]
      const to = rowsNs[heat[i] + 1] ?? from * Math.SQRT2
      const top = u.valToPos(to, 'y', true)
      const bottom = u.valToPos(from, 'y', true)
      const strength = 0.08 + (0.92 * Math.log1p(heat[i + 1])) / scale
      ctx.fillStyle = `hsl(${hue} / ${strength})`
      ctx.fillRect(left, top, Math.max(1, right - left + 0.5), Math.max(1, bottom - top))
    }
  }
  ctx.restore()
}
