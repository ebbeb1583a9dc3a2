/** Where a sender puts each message that it sends, in the order of their sequences. */
export interface MessageStore {
  append(bytes: DataView, offset: number, length: number): void
}
