/**
 * How much of a long proof is run: a part of it with `npm test`, all of it with `npm run prove`, which
 * sets TICKWIRE_PROVE.
 */
export function proof<T>(inTests: T, inFull: T): T {
  return process.env['TICKWIRE_PROVE'] === undefined ? inTests : inFull
}
