/** Lines that one feed may have. */
export const MAX_LINES = 16
