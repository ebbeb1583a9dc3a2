import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasFlag } from '../../src/cli/arguments.js'
import { COMMANDS } from '../../src/cli/commands.js'
import { commandHelp, programHelp } from '../../src/cli/help.js'
import { flagOf } from '../../src/foundation/option-name.js'

for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
  test(`${name} --help names each flag and has an example of the command`, async () => {
    const command = await load()
    const text = commandHelp(name, command)
    for (const [property, declaration] of Object.entries(command.options)) {
      if (hasFlag(declaration)) assert.match(text, new RegExp(`--${flagOf(property)}\\b`))
    }
    assert.match(text, new RegExp(`\\n  \\$ tickwire ${name}\\b`))
    assert.ok(command.examples.length > 0)
  })

  test(`${name} --help fits 80 columns, and 30 but for words that are longer`, async () => {
    const command = await load()
    const widest = (columns: number) =>
      commandHelp(name, command, columns)
        .split('\n')
        .filter((line) => !line.startsWith('  $ ') && !line.startsWith('Usage'))
        .filter((line) => line.trim().includes(' '))
        .reduce((most, line) => Math.max(most, line.length), 0)
    assert.ok(widest(80) <= 80, `${widest(80)} columns`)
    assert.ok(widest(30) <= 40, `${widest(30)} columns`)
  })

  test(`${name} is summed up in a sentence that begins with a verb`, () => {
    assert.match(summary, /^[A-Z][a-z]+ /)
    assert.doesNotMatch(summary, /^(The|A|An) /)
    assert.match(programHelp(), new RegExp(`\\n  ${name} `))
  })
}
