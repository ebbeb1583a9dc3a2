#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { type ErrorCode, messageOf, TickwireError } from '../foundation/errors.js'
import { benchCommand } from './bench-command.js'
import { demoCommand } from './demo-command.js'
import { labCommand } from './lab-command.js'
import { receiveCommand } from './receive-command.js'
import { replayCommand } from './replay-command.js'
import { sendCommand } from './send-command.js'
import { tuneCommand } from './tune-command.js'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2
/** What a user typed wrong, as against what went wrong. */
const USAGE_CODES: readonly ErrorCode[] = ['TW_BAD_OPTION', 'TW_BAD_ENDPOINT']

/** Runs the command line; the exit code is set, not forced, so that output is written to its end. */
async function main(argv: readonly string[]): Promise<void> {
  // A reader that goes away (| head) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : EXIT_FAILURE)
  })
  try {
    await createProgram().parseAsync([...argv])
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    if (!(error instanceof CommanderError)) process.stderr.write(`${describe(error)}\n`)
  }
}

function createProgram(): Command {
  const program = new Command('tickwire')
    .description('market data over UDP, with every message accounted for')
    .version(readVersion())
    .showSuggestionAfterError()
    .addHelpText('after', '\nExample:\n  $ tickwire demo')
  for (const command of [
    demoCommand(),
    receiveCommand(),
    sendCommand(),
    replayCommand(),
    tuneCommand(),
    labCommand(),
    benchCommand(),
  ]) {
    program.addCommand(command)
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError('(--help shows the options)')
  }
  return program
}

function exitCodeOf(error: unknown): number {
  // Commander reports --help and --version by this way too, with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof TickwireError && USAGE_CODES.includes(error.code)) return EXIT_USAGE
  return EXIT_FAILURE
}

function describe(error: unknown): string {
  if (error instanceof TickwireError) return `error ${error.code}: ${error.message}`
  const stack = error instanceof Error ? error.stack : undefined
  return `error TW_BUG: ${stack ?? messageOf(error)}\nThis is a bug in Tickwire: please report it.`
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

await main(process.argv)
