/**
 * Everything that the parts of the program say to each other: the nouns, what can happen and what can be done. Times are
 * milliseconds since the epoch unless a name ends in `Ms`, which is a duration.
 */
export type * from './event.js';
export type * from './nouns.js';
