/** `fast` for ranking thousands of series, `full` for one answer. */
export type Effort = 'fast' | 'full';
