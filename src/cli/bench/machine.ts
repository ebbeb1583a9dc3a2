import { cpus, release, totalmem } from 'node:os'

/** A pause of a spinning loop that is longer than this was somebody else's turn. */
const GAP_MS = 0.05
const WATCH_MS = 300

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  /** How much of a spinning loop's time went to others, in percent, and its longest pause. */
  readonly noisePercent: number
  readonly longestPauseMs: number
}

export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    ...measureNoise(),
  }
}

function measureNoise(): { noisePercent: number; longestPauseMs: number } {
  const startMs = performance.now()
  let lastMs = startMs
  let lostMs = 0
  let longestMs = 0
  while (lastMs - startMs < WATCH_MS) {
    const nowMs = performance.now()
    const pauseMs = nowMs - lastMs
    if (pauseMs > GAP_MS) {
      lostMs += pauseMs
      longestMs = Math.max(longestMs, pauseMs)
    }
    lastMs = nowMs
  }
  return {
    noisePercent: Math.round((lostMs / WATCH_MS) * 1000) / 10,
    longestPauseMs: Math.round(longestMs * 100) / 100,
  }
}
