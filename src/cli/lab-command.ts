import { command } from './command.js'
import { LAB_FLAGS } from './lab-flags.js'

export const labCommand = command({
  options: LAB_FLAGS,
  examples: ['lab --svg lab.svg'],
  run: async (_, flags, output) => {
    const { runLab } = await import('./lab-run.js')
    await runLab(flags, output)
  },
})
