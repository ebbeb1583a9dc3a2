import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { codeOf, fieldBytes, typeOffsetOf } from '../../src/codec/table/field-table.js'
import { NATIVE } from '../../src/codec/tables/native.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../../src/wire/market-data-view.js'
import { emitFolder } from './emit-files.js'
import { GENERATED_FOLDERS } from './folders.js'
import { PROTOCOLS_PAGE, withTables } from './protocols-page.js'

/** Bytes of each type of message, from the exchanges' specifications and captured traffic. */
const LENGTHS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  itch50: {
    S: 12,
    R: 39,
    H: 25,
    Y: 20,
    L: 26,
    V: 35,
    W: 12,
    K: 28,
    J: 35,
    h: 21,
    A: 36,
    F: 40,
    E: 31,
    C: 36,
    X: 23,
    D: 19,
    U: 35,
    P: 44,
    Q: 40,
    B: 19,
    I: 50,
    N: 20,
    O: 48,
  },
  tops16: {
    S: 10,
    D: 31,
    H: 22,
    I: 18,
    O: 18,
    P: 19,
    E: 18,
    Q: 42,
    T: 38,
    X: 26,
    B: 38,
    A: 80,
    8: 30,
    5: 30,
  },
  deep10: {
    S: 10,
    D: 31,
    H: 22,
    I: 18,
    O: 18,
    P: 19,
    E: 18,
    Q: 42,
    T: 38,
    X: 26,
    B: 38,
    A: 80,
    8: 30,
    5: 30,
  },
  deepplus10: {
    S: 10,
    D: 31,
    H: 22,
    I: 18,
    O: 18,
    P: 19,
    E: 18,
    a: 38,
    M: 38,
    R: 26,
    L: 46,
    T: 38,
    B: 38,
    C: 18,
  },
}

for (const { name, table } of Object.values(PROTOCOLS)) {
  test(`The table of ${name} fills each message without a hole or an overlap`, () => {
    for (const message of table.messages) {
      const owners: (string | undefined)[] = new Array(message.length).fill(undefined)
      const claim = (what: string, offset: number, bytes: number) => {
        for (let at = offset; at < offset + bytes; at++) {
          assert.ok(at < message.length, `${message.name}: ${what} leaves the message`)
          assert.equal(owners[at], undefined, `${message.name}: byte ${at} is ${what}'s too`)
          owners[at] = what
        }
      }
      const typeOffset = typeOffsetOf(table)
      if (typeOffset !== undefined) claim('type', typeOffset, 1)
      for (const field of message.fields) claim(field.name, field.offset, fieldBytes(field))
      assert.equal(owners.indexOf(undefined), -1, `${message.name} has a hole`)
    }
  })

  test(`The table of ${name} gives each name and each type once`, () => {
    const names = table.messages.map((message) => message.name)
    assert.deepEqual([...new Set(names)], names)
    const codes = table.messages.map(codeOf)
    assert.deepEqual([...new Set(codes)], codes)
    for (const { fields } of table.messages) {
      const fieldNames = fields.map((field) => field.name)
      assert.deepEqual([...new Set(fieldNames)], fieldNames)
    }
  })
}

for (const [name, lengths] of Object.entries(LENGTHS)) {
  test(`The messages of ${name} are as long as the exchange's`, () => {
    const protocol = Object.values(PROTOCOLS).find((one) => one.name === name)
    const found = protocol?.table.messages.map(({ code, length }) => [code, length]) ?? []
    assert.deepEqual(Object.fromEntries(found), lengths)
  })
}

test('The table of the native message agrees with its view', () => {
  const [message] = NATIVE.messages
  assert.equal(message?.length, MARKET_DATA_BYTES)
  const offsets = message?.fields.map((field) => [field.name, field.offset]) ?? []
  assert.deepEqual(Object.fromEntries(offsets), MARKET_DATA_OFFSETS)
})

for (const [folder, tables] of Object.entries(GENERATED_FOLDERS)) {
  test(`src/codec/${folder} is what the tables say today: else run npm run generate`, () => {
    const path = join('src', 'codec', folder)
    const files = emitFolder(tables)
    assert.deepEqual(readdirSync(path).sort(), [...files.keys()].sort())
    for (const [file, text] of files) {
      assert.equal(readFileSync(join(path, file), 'utf8'), text, `${folder}/${file}`)
    }
  })
}

test('docs/protocols.md has the tables of today: else run npm run generate', () => {
  const page = readFileSync(PROTOCOLS_PAGE, 'utf8')
  assert.equal(page, withTables(page))
})
