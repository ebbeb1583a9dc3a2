import { command } from './command.js'
import { DOCTOR_FLAGS } from './doctor-flags.js'

export const doctorCommand = command({
  operands: [
    {
      usage: '[target]',
      help: 'udp://ADDRESS:PORT to listen there for a moment; or a process id or a file of counters, to explain what that run has lost',
      max: 1,
    },
  ],
  options: DOCTOR_FLAGS,
  examples: ['doctor', 'doctor udp://239.1.1.1:9001?interface=eth0', 'doctor 4711 --json'],
  run: async ([target], flags, output) => {
    const { runDoctor } = await import('./doctor-run.js')
    await runDoctor(target, flags, output)
  },
})
