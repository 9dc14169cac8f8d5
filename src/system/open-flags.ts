/** For opening files whose place somebody else may have taken. Windows has neither of the first two. */
import { constants } from 'node:fs';

/** Never through a link that came in the meantime. */
export const noFollow = constants.O_NOFOLLOW ?? 0;

/** Without waiting for the other end, should a pipe lie there: that would keep a thread for ever, and the program from ending. */
export const noWait = constants.O_NONBLOCK ?? 0;

export const readOnly = constants.O_RDONLY | noWait;
