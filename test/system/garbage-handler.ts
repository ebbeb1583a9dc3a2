/** A handler that makes garbage with each message, enough for a collection now and then. */
let kept: object[] = []

export default {
  onMessage(): void {
    kept = Array.from({ length: 20_000 }, (_, i) => ({ i, kept: kept.length }))
  },
}
