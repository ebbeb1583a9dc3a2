// Each rule of the sequencing side is broken once, and a seed has to fail by it: a rule that no world needs is to go.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { proof } from '../kit/proof.js'

interface Rule {
  readonly name: string
  /** Where it is, in `src/sequence`; what it says there, and what breaks it. */
  readonly file: string
  readonly says: string
  readonly broken: string
  readonly seed: number
}

const ARBITER = 'arbiter/arbiter.js'

const RULES: readonly Rule[] = [
  {
    name: 'a copy of what the stream has contradicted is not held again',
    file: ARBITER,
    says: 'if (this.#isContradictedCopy(wireSequence))',
    broken: 'if (false)',
    seed: 55899,
  },
  {
    name: 'what says something else under old sequences does not move its line',
    file: ARBITER,
    says: 'if (copy !== COPY.other)',
    broken: 'if (true)',
    seed: 85507,
  },
  {
    name: 'a suspect is contradicted when its own line goes on',
    file: ARBITER,
    says: 'if (suspect.isContradicted(line.mark))',
    broken: 'if (false)',
    seed: 94954,
  },
  {
    name: 'behind an end of session nothing is estimated',
    file: 'arbiter/tail.js',
    says: 'return ended ? sent : Math.max(sent, least)',
    broken: 'return Math.max(sent, least)',
    seed: 30479,
  },
  {
    name: 'few datagrams ahead do not move a line',
    file: 'line/line-tracker.js',
    says: 'if (jump > LINE_STEP)',
    broken: 'if (false)',
    seed: 10454,
  },
  {
    name: 'a copy is no witness',
    file: ARBITER,
    says: '(past === 0 && count > 0) || ',
    broken: '',
    seed: 55899,
  },
  {
    name: 'what the stream has contradicted has no witness',
    file: ARBITER,
    says: '(past === 0 && count > 0) || this.#isContradicted(holder)',
    broken: 'past === 0 && count > 0',
    seed: 55899,
  },
  {
    name: 'a witness of a restart follows it closely',
    file: ARBITER,
    says: 'past < 0 || skipped > this.#skippable || ',
    broken: '',
    seed: 55899,
  },
  {
    name: 'a server that answers nothing costs one long wait',
    file: 'patience.js',
    says: 'if (this.#isUnanswered())',
    broken: 'if (false)',
    seed: 12312,
  },
  {
    name: 'what was asked for in vain is asked for no more',
    file: 'request-planner.js',
    says: 'if (this.#isOver(this.#row))',
    broken: 'if (false)',
    seed: 24035,
  },
  {
    name: 'the first of a session, of a line that has fallen back, is a suspect',
    file: ARBITER,
    says: 'if (wireSequence === this.#options.initialSequence)',
    broken: 'if (false)',
    seed: 6489,
  },
  {
    name: 'what is left of a session that was left is no new one',
    file: ARBITER,
    says: 'if (!this.former.find(this.session) || ',
    broken: 'if (true || ',
    seed: 6,
  },
  {
    name: 'a heartbeat far ahead takes no place of one that can be true',
    file: ARBITER,
    says: 'this.isPlausible(this.#lines[index], ahead) ? this.claim : this.#farClaim',
    broken: 'this.claim',
    seed: 52491,
  },
  {
    name: 'a lone datagram of another session is believed at the end',
    file: ARBITER,
    says: 'return session !== s[TRACK.rivalSession] || !this.rival.isThere(this.nowNs)',
    broken: 'return false',
    seed: 153353,
  },
  {
    name: 'less before a jump than behind it is no base for it',
    file: ARBITER,
    says: ' && s[TRACK.datagrams] >= this.#evidence',
    broken: '',
    seed: 458,
  },
  {
    name: 'a datagram within the reorder window is late, and its line has not fallen back',
    file: ARBITER,
    says: 'if (fallen <= 0 || fallen > REORDER_WINDOW)',
    broken: 'if (true)',
    seed: 79,
  },
  {
    name: 'after a silence any datagram behind its line has fallen back',
    file: ARBITER,
    says: 'line.fallen.isQuiet() && this.progress.silenceNs > RESTART_QUIET_NS',
    broken: 'false',
    seed: 144,
  },
  {
    name: 'a line that has just gone on in its own order is not silent, however silent the feed is',
    file: ARBITER,
    says: 'line.fallen.isQuiet() && ',
    broken: '',
    seed: 83063,
  },
  {
    name: 'what a line brings in its own order, where another is faster, ends its silence',
    file: ARBITER,
    says: 'line.fallen.noteOrder();',
    broken: '',
    seed: 83063,
  },
  {
    name: 'what a slower line still brings of the run before a restart is none of this one',
    file: ARBITER,
    says: 'if (this.#isOfFormer(index, sequence, count))',
    broken: 'if (false)',
    seed: 1_000_000_000,
  },
  {
    name: 'what a slower line brings of another session is no witness to its last word on a faster one',
    file: ARBITER,
    says: 'past < 0 && holder !== line && ',
    broken: 'false && ',
    seed: 248042,
  },
  {
    name: 'what is missing at the end is what the line lost that lost the least',
    file: 'arbiter/tail.js',
    says: 'least = Math.min(least, this.#lostBy(line, tail, told))',
    broken: 'least = Math.max(i === 0 ? 0 : least, this.#lostBy(line, tail, told))',
    seed: 3435,
  },
  {
    name: 'a witness of a jump lies near to it',
    file: ARBITER,
    says: 'if (Math.abs(past) > REORDER_WINDOW + this.#skippable)',
    broken: 'if (false)',
    seed: 121,
  },
]

const BUILD = join(import.meta.dirname, '..', '..')
/** Within the build, so that packages are found. */
const folder = mkdtempSync(join(BUILD, 'rules-'))
after(() => rmSync(folder, { recursive: true, force: true }))
for (const part of ['src', 'test/simulation', 'test/book', 'test/kit']) {
  cpSync(join(BUILD, part), join(folder, part), { recursive: true })
}

test('Each rule that is to be broken stands in the code, once', () => {
  for (const { file, says } of RULES) {
    const text = readFileSync(join(folder, 'src', 'sequence', file), 'utf8')
    assert.equal(text.split(says).length, 2, `${file} says once: ${says}`)
  }
})

for (const { name, file, says, broken, seed } of RULES.slice(0, proof(4, RULES.length))) {
  test(`Without the rule that ${name}, seed ${seed} fails`, async () => {
    const path = join(folder, 'src', 'sequence', file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.split(says).join(broken))
    try {
      assert.match(await outputOf(seed), new RegExp(`^seed ${seed} fails: `, 'm'))
    } finally {
      writeFileSync(path, text)
    }
  })
}

async function outputOf(seed: number): Promise<string> {
  const main = join(folder, 'test', 'simulation', 'main.js')
  const run = promisify(execFile)(process.execPath, [main, '--seed', String(seed)])
  // A seed that fails is an exit code of 1.
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  return stdout
}
