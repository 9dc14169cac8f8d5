/** Notices as events: things worth knowing that concern no single upload, reported once, with what to do. */

import type { CodeFault } from '../model/code-fault.js';
import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';
import type { WatchProblem } from '../model/watch-problem.js';
import type { Language } from './language.js';
import { noted, someOf } from './text.js';
import { describeFault, placeOfFault } from './words/code.js';
import { type NoticeKind, noticeWords, watchWords } from './words/notices.js';

type Notice = Extract<Fact, { event: 'notice' }>;

/** @param subject what it is about: a path, a code, a name */
export function noticeFact(kind: NoticeKind, subject: string, language: Language): Notice {
  const { detail, hint } = noticeWords[language][kind](subject);
  return { event: 'notice', kind, detail, hint, function: null, place: null };
}

/** Code that would fail in the cloud, as `doctor` says it. */
export function cannotRunNotice(name: FunctionName, fault: CodeFault, language: Language): Fact {
  const place = placeOfFault(fault);
  return { event: 'notice', kind: 'cannot-run', ...describeFault(fault, language), function: name, place };
}

/** A file of saved events that was wrong is right. */
export function eventsRightNotice(name: FunctionName, file: string, language: Language): Fact {
  return { ...noticeFact('events-right', file, language), function: name };
}

/** Trouble with watching that a person should know. */
export function watchNotice(problem: WatchProblem, language: Language): Fact {
  const words = watchWords[language];
  switch (problem.kind) {
    case 'limit': {
      const { setting, limit, needed } = problem;
      const command = setting.startsWith('fs.') ? `sudo sysctl ${setting}=${suggested(needed)}` : null;
      const figures = { setting, limit: `${limit ?? '?'}`, needed: `${needed ?? '?'}` };
      return noticeFact('watch-limit', words.limit(figures, command), language);
    }
    case 'polling':
      return noticeFact('watch-polling', words.polling[problem.why.cause], language);
    case 'restarted':
      return noticeFact('watch-restarted', problem.detail, language);
    case 'missed':
      return noticeFact(
        'watch-missed',
        words.missed(someOf(problem.functions, language), problem.total),
        language,
      );
    case 'restless':
      return noticeFact('watch-restless', noted(problem.function, problem.file, language), language);
    case 'deaf':
      return noticeFact('watch-deaf', problem.dir, language);
    default:
      return problem satisfies never;
  }
}

/** Room to grow: the next power of two above what is needed, at least the 524,288 that editors recommend. */
function suggested(needed: number | null): number {
  return Math.max(524_288, 2 ** Math.ceil(Math.log2((needed ?? 1) * 2)));
}
