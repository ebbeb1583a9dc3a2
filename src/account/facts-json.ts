/** How JSON carries the numbers that it has no words for. */
const SPECIAL = '$number'

/** A value as JSON, in which NaN and the infinities keep their meaning; undefined properties go. */
export function encodeFacts(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? { [SPECIAL]: String(part) } : part,
  )
}

/** What `encodeFacts` was given; undefined for what is no JSON. */
export function decodeFacts(text: string): unknown {
  try {
    return JSON.parse(text, (_, part: unknown) =>
      typeof part === 'object' && part !== null && SPECIAL in part ? Number(part[SPECIAL]) : part,
    )
  } catch {
    return undefined
  }
}
