import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { dateInFileName, isoTime, MarketDay } from '../../src/codec/value/market-day.js'
import { TickwireError } from '../../src/foundation/errors.js'

const HOUR_NS = 3_600_000_000_000n

/** Days around both changes of the clocks, and what UTC shows at New York's midnight. */
const MIDNIGHTS: Readonly<Record<string, string>> = {
  '2024-01-02': '2024-01-02T05:00:00.000000000Z',
  '2024-03-09': '2024-03-09T05:00:00.000000000Z',
  '2024-03-10': '2024-03-10T05:00:00.000000000Z',
  '2024-03-11': '2024-03-11T04:00:00.000000000Z',
  '2024-07-04': '2024-07-04T04:00:00.000000000Z',
  '2024-11-03': '2024-11-03T04:00:00.000000000Z',
  '2024-11-04': '2024-11-04T05:00:00.000000000Z',
}

for (const [date, midnight] of Object.entries(MIDNIGHTS)) {
  test(`MarketDay knows when ${date} began in New York`, () => {
    const day = new MarketDay(date, 'America/New_York')
    assert.equal(isoTime(day.midnightNs), midnight)
    assert.equal(isoTime(day.toUnixNs(1)), midnight.replace('000Z', '001Z'))
    assert.equal(MarketDay.at(day.midnightNs, 'America/New_York').date, date)
    assert.notEqual(MarketDay.at(day.midnightNs - 1n, 'America/New_York').date, date)
    assert.equal(day.toNsOfDay(day.toUnixNs(34_200_000_000_001)), 34_200_000_000_001n)
  })
}

test('MarketDay gives days on which the clocks change 23 and 25 hours', () => {
  const begin = (date: string) => new MarketDay(date, 'America/New_York').midnightNs
  assert.equal(begin('2024-03-11') - begin('2024-03-10'), 23n * HOUR_NS)
  assert.equal(begin('2024-11-04') - begin('2024-11-03'), 25n * HOUR_NS)
})

test('MarketDay begins with the change where the clocks skip midnight', () => {
  // Beirut went from 00:00 to 01:00 that night.
  const day = new MarketDay('2022-03-27', 'Asia/Beirut')
  assert.equal(isoTime(day.midnightNs), '2022-03-26T22:00:00.000000000Z')
})

test('MarketDay does not ask the host for its time zone', () => {
  const url = pathToFileURL(`${import.meta.dirname}/../../src/codec/value/market-day.js`)
  const script = `import { MarketDay } from ${JSON.stringify(url.href)}
    const days = ${JSON.stringify(Object.keys(MIDNIGHTS))}
    console.log(days.map((day) => new MarketDay(day, 'America/New_York').midnightNs).join())
    console.log(MarketDay.at(1710043200000000001n, 'America/New_York').date)`
  const runs = ['UTC', 'Asia/Tokyo', 'America/Los_Angeles'].map((TZ) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    }),
  )
  assert.equal(new Set(runs).size, 1, runs.join())
  const begins = Object.keys(MIDNIGHTS).map((day) => new MarketDay(day, 'America/New_York'))
  assert.equal(runs[0], `${begins.map((day) => day.midnightNs).join()}\n2024-03-09\n`)
})

for (const date of ['2024-02-30', '2023-02-29', '2024-1-2', '01022024', '', '2024-13-01']) {
  test(`MarketDay refuses "${date}"`, () => {
    assert.throws(
      () => new MarketDay(date, 'America/New_York'),
      (error) => error instanceof TickwireError && error.code === 'TW_BAD_OPTION',
    )
  })
}

test('MarketDay refuses a zone that nobody knows', () => {
  assert.throws(() => new MarketDay('2024-01-02', 'America/Gotham'), /no time zone/)
})

test('dateInFileName finds the date that NASDAQ puts into its names', () => {
  assert.equal(dateInFileName('01302019.NASDAQ_ITCH50.gz'), '2019-01-30')
  assert.equal(dateInFileName('S12302019-v50.txt'), '2019-12-30')
  assert.equal(dateInFileName('20190130.pcap'), undefined)
  assert.equal(dateInFileName('99992019.bin'), undefined)
  assert.equal(dateInFileName('itch.bin'), undefined)
})

test('isoTime has nine places, before 1970 too', () => {
  assert.equal(isoTime(0n), '1970-01-01T00:00:00.000000000Z')
  assert.equal(isoTime(-1n), '1969-12-31T23:59:59.999999999Z')
  assert.equal(isoTime(1_471_872_600_123_456_789n), '2016-08-22T13:30:00.123456789Z')
})
