import { encodeSocketAddress } from '../../native/socket-address.js'
import { RecordRingControl } from '../../record/record-ring.js'
import { type BoundLine, boundUrls, type FeedData, type RecorderDone } from '../memory/feed-data.js'
import { Thread } from '../thread/thread.js'

/** The recorder of a feed, as the thread that begins the feed sees it. */
export interface Recorder {
  readonly thread: Thread<null, RecorderDone>
  /** Lets it begin, once it is known what is bound. Of recordings nothing is. */
  begin(bound: readonly BoundLine[]): void
  /** The feed could not be started: removes the file that was begun. */
  abandon(): void
}

/**
 * Starts the thread that records a feed, and waits until its first file is open; undefined if nothing is to be
 * recorded.
 *
 * @throws {TickwireError} TW_FILE_EXISTS, TW_FILE_NOT_FOUND, TW_PERMISSION
 */
export async function startRecorder(data: FeedData): Promise<Recorder | undefined> {
  const { record, plan } = data
  if (record === null) return undefined
  const control = new RecordRingControl(record)
  const thread = new Thread<null, RecorderDone>('recorder', 'recorder-thread', data)
  await thread.ready
  return {
    thread,
    begin(bound) {
      bound.forEach(({ port }, line) => {
        const { address } = plan.endpoints[line]
        control.setDestination(line, encodeSocketAddress(address, port))
      })
      thread.order('start', boundUrls(plan.endpoints, bound))
    },
    abandon() {
      control.abandon()
      thread.order('start', [])
    },
  }
}
