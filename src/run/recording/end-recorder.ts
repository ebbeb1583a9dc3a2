import { TickwireError } from '../../foundation/errors.js'
import { RecordRingControl } from '../../record/record-ring.js'
import type { RecordedFile } from '../../record/recording-file.js'
import { unexpected } from '../feed/handler-errors.js'
import type { FeedData, RecorderDone } from '../memory/feed-data.js'
import type { Thread } from '../thread/thread.js'

/** Lets a recorder write what it has got, and waits until its last file is closed; nothing without one. */
export async function endRecorder(
  { record }: Pick<FeedData, 'record'>,
  recorder: Thread<null, RecorderDone> | undefined,
): Promise<{
  readonly files: readonly RecordedFile[] | null
  readonly problem: TickwireError | undefined
}> {
  if (recorder === undefined) return { files: null, problem: undefined }
  if (record !== null) new RecordRingControl(record).end()
  try {
    const { files } = await recorder.done
    await recorder.gone
    return { files, problem: undefined }
  } catch (error) {
    await recorder.gone
    return { files: null, problem: error instanceof TickwireError ? error : unexpected(error) }
  }
}
