import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OutputFile } from '../../src/foundation/output-file.js'
import { temporaryFolder } from '../system/handler-modules.js'

test('A file is in its place when it is written, and not before', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'out.txt')
  const file = new OutputFile(path)
  assert.ok(!readdirSync(folder).includes('out.txt'))
  file.write('whole')
  assert.equal(readFileSync(path, 'utf8'), 'whole')
  assert.deepEqual(readdirSync(folder), ['out.txt'])
})

test('What stands in its place stays when a file is discarded', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'out.txt')
  writeFileSync(path, 'old')
  new OutputFile(path).discard()
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.deepEqual(readdirSync(folder), ['out.txt'])
})

test('A link stays a link, and the file that it names is replaced', (t) => {
  const folder = temporaryFolder(t)
  const target = join(folder, 'target.txt')
  writeFileSync(target, 'old')
  symlinkSync(target, join(folder, 'link.txt'))
  new OutputFile(join(folder, 'link.txt')).write(new Uint8Array([0x6e, 0x65, 0x77]))
  assert.equal(readFileSync(target, 'utf8'), 'new')
})

test('A path that is no regular file is written directly', () => {
  new OutputFile('/dev/null').write('nothing')
})

test('A folder that is not there, and a path that is a folder, are errors before anything runs', (t) => {
  const folder = temporaryFolder(t)
  assert.throws(() => new OutputFile(join(folder, 'no', 'out.txt')), { code: 'TW_FILE_NOT_FOUND' })
  mkdirSync(join(folder, 'sub'))
  assert.throws(() => new OutputFile(join(folder, 'sub')), { code: 'TW_PERMISSION' })
})
