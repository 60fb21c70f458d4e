/** The last line of a fetch job that succeeded: its output is the packages themselves, which hold no result. */
export const FETCHED = 'seaworthy: fetched';
