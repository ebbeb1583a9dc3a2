/**
 * The same memory, but `look` is called behind every number that is stored in it: what another thread could
 * see if it looked right then.
 */
export function watched(memory: Float64Array, look: () => void): Float64Array {
  return new Proxy(memory, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (key === 'subarray') {
        return (...range: [number?, number?]) => watched(target.subarray(...range), look)
      }
      return typeof value === 'function' ? value.bind(target) : value
    },
    set(target, key, value) {
      const stored = Reflect.set(target, key, value, target)
      look()
      return stored
    },
  })
}
