export const FLOW_GROUPS = ['min', 'max'] as const
/** Whose window counts: the smallest, so that nobody loses anything, or the largest. */
export type FlowGroup = (typeof FLOW_GROUPS)[number]
