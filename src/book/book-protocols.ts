/** Protocols that books can be built from. */
export type BookProtocol = 'itch50' | 'deep10' | 'deepplus10' | 'tops16'

/** All of them. A stored state names one by its place: new ones at the end. */
export const BOOK_PROTOCOLS: readonly BookProtocol[] = ['itch50', 'deep10', 'deepplus10', 'tops16']
