import { workerData } from 'node:worker_threads'
import { RecordLoop } from '../../record/record-loop.js'
import { RecordConsumer } from '../../record/record-ring.js'
import { RecordingWriter } from '../../record/recording-writer.js'
import { type FeedData, type RecorderDone, recorderCountersOf } from '../memory/feed-data.js'
import { RecordingLedger } from '../recording/recording-ledger.js'
import { threadMain } from '../thread/thread-port.js'

/** Writes what the handling thread has copied into the record ring. */
const data = workerData as FeedData
threadMain<null, RecorderDone>(async (port) => {
  const { record, plan, epoch } = data
  if (record === null || plan.record === null) throw new Error('a recorder has something to record')
  const counters = recorderCountersOf(data)
  const ledger = new RecordingLedger(data)
  const writer = new RecordingWriter(plan.record, {
    counters,
    describe: (begun) => ledger.describe(begun),
    recordedTime: data.transport === 'capture',
  })
  const consumer = new RecordConsumer(record)
  consumer.onLoss = (loss) => ledger.addLoss(loss)
  const loop = new RecordLoop(record, consumer, writer, counters, epoch)
  const begin = port.order<readonly string[]>('start')
  port.ready(null)
  ledger.endpoints = await begin
  loop.run()
  port.done({ files: writer.files })
})
