/** The protocols that books can be built from. A stored state names one by its place: new ones at the end. */
export const BOOK_PROTOCOLS = ['itch50', 'deep10', 'deepplus10', 'tops16'] as const

/** Protocols that books can be built from. */
export type BookProtocol = (typeof BOOK_PROTOCOLS)[number]
