/**
 * The rows of docs: a folder of src/ imports only from rows below its own, and never from a sibling
 * on its row. Checked by test/architecture.test.ts; by hand: `npx depcruise src`.
 */
const ROWS = [
  ['cli'],
  ['observe', 'bridge'],
  ['replay', 'export', 'tune', 'sample'],
  ['run'],
  ['receive', 'handle', 'send', 'retransmit', 'record'],
  ['sequence', 'account', 'book'],
  ['transport'],
  ['ring', 'capture'],
  ['native', 'codec'],
  ['wire'],
  ['foundation'],
]

const folder = (names) => `^src/(${names.join('|')})/`

const downwards = ROWS.flatMap((row, i) =>
  row.map((name) => {
    const allowed = [name, ...ROWS.slice(i + 1).flat()]
    return {
      name: `${name}-imports-downwards`,
      comment: `src/${name} may import itself and ${
        ROWS.slice(i + 1)
          .flat()
          .join(', ') || 'nothing'
      }.`,
      severity: 'error',
      from: { path: folder([name]) },
      to: { path: '^src/', pathNot: folder(allowed) },
    }
  }),
)

module.exports = {
  forbidden: [
    ...downwards,
    {
      name: 'folder-has-a-row',
      comment: 'Every folder of src/ has its place in the list of rows.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: folder(ROWS.flat()) },
      to: {},
    },
    {
      name: 'index-is-imported-by-nobody',
      comment: 'src/index.ts is the public entry; inside, import from where a thing lives.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'koffi-only-in-native',
      comment: 'Pointers and foreign functions live in src/native and nowhere else.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/native/' },
      to: { path: '(^|/)koffi(/|$)' },
    },
    {
      name: 'nats-only-in-its-room',
      comment:
        'The NATS client is optional: src/transport/nats loads it, and nothing else names it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/transport/nats/' },
      to: { path: '(^|/)@nats-io(/|$)' },
    },
    {
      name: 'no-cycle',
      comment: 'Two modules that need each other are one, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that cannot be resolved is not checked by the other rules.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // For browsers, and put together by the build.
    exclude: { path: '^src/observe/dashboard/page/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
