import { command } from './command.js'
import { examplePath } from './example-path.js'

export const generateCommand = command({
  operands: [
    {
      usage: '<schema>',
      help: 'an SBE schema (XML), or a field table of your own (JSON)',
      min: 1,
      max: 1,
    },
  ],
  options: {
    out: {
      kind: 'text',
      value: 'file',
      help: 'write the module there',
      otherwise: 'standard output',
    },
    force: { kind: 'switch', short: 'f', help: 'overwrite a file that was not generated' },
  },
  examples: [`generate ${examplePath('acme-venue.xml')} --out acme-venue.ts`],
  run: async (operands, flags, output) => {
    const { runGenerate } = await import('./generate-run.js')
    runGenerate(operands[0] ?? '', flags, output)
  },
})
