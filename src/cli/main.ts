#!/usr/bin/env node
import { listenForSignals } from './signals.js'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2
/** What a user typed wrong, as against what went wrong. */
const USAGE_CODES: readonly string[] = ['TW_BAD_OPTION', 'TW_BAD_ENDPOINT']

/**
 * Runs the command line; the exit code is set, not forced, so that output is written to its end. Each
 * module is loaded where it is needed: whoever wants to know the version does not wait for the rest.
 */
async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first === '--version' || first === '-V') {
    process.stdout.write(`${await readVersion()}\n`)
    return
  }
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const { programHelp } = await import('./help.js')
    const [name] = rest
    if (first === 'help' && name !== undefined) return main([name, '--help'])
    const stream = first === undefined ? process.stderr : process.stdout
    stream.write(programHelp(stream.columns))
    if (first === undefined) process.exitCode = EXIT_USAGE
    return
  }
  await runCommand(first, rest)
}

async function runCommand(name: string, args: readonly string[]): Promise<void> {
  const { nameOptionsAsFlags } = await import('../foundation/option-name.js')
  nameOptionsAsFlags()
  // Told before the arguments are understood: wrong usage is told in the same form.
  const json = args.includes('--json')
  try {
    const { COMMANDS } = await import('./commands.js')
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (entry === undefined) throw await unknownCommand(name, Object.keys(COMMANDS))
    const command = await entry.load()
    const { parseArguments } = await import('./arguments.js')
    const { operands, flags, help } = parseArguments(args, command)
    if (help) {
      const { commandHelp } = await import('./help.js')
      process.stdout.write(commandHelp(name, command, process.stdout.columns))
      return
    }
    const { createOutput, watchStreams } = await import('./output.js')
    watchStreams()
    await command.run(operands, flags, createOutput(name, json))
  } catch (error) {
    const { tellFailure } = await import('./output.js')
    process.exitCode = exitCodeOf(error)
    tellFailure(name, json, error)
  }
}

function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && USAGE_CODES.includes(code) ? EXIT_USAGE : EXIT_FAILURE
}

async function unknownCommand(name: string, known: readonly string[]): Promise<Error> {
  const { badOption, bounded } = await import('../foundation/errors.js')
  const { nearest } = await import('../foundation/nearest.js')
  const meant = nearest(name, known)
  return badOption(
    `There is no command "${bounded(name, 80)}"`,
    meant === undefined ? `Choose one of: ${known.join(', ')}.` : `Did you mean ${meant}?`,
  )
}

async function readVersion(): Promise<string> {
  const { readFileSync } = await import('node:fs')
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

listenForSignals()
await main(process.argv.slice(2))
