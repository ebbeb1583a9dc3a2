import { spawnSync } from 'node:child_process'

/** False where a program can be run; else why a test is skipped. */
export function lacks(program: string, debianPackage: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  return error === undefined ? false : `${program} is missing (Debian package ${debianPackage})`
}
