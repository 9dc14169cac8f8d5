/** Things worth knowing that concern no single function: said once, with what to do. */

import type { WatchProblem } from '../model/watch-problem.js';
import type { Fact } from './facts.js';
import type { Language } from './language.js';
import { type NoticeKind, noticeWords } from './words/notices.js';

/** @param subject what it is about: a path, a code, a name */
export function noticeFact(kind: NoticeKind, subject: string, language: Language): Fact {
  const { detail, hint } = noticeWords[language][kind](subject);
  return { event: 'notice', kind, detail, hint };
}

/** What a person should know about watching. */
export function watchNotice(problem: WatchProblem, language: Language): Fact {
  switch (problem.kind) {
    case 'limit': {
      const { setting, limit, current, needed } = problem;
      const figures = `${setting} = ${limit ?? '?'}, ${current ?? '?'} / ${needed ?? '?'}`;
      const command = setting.startsWith('fs.') ? `: sudo sysctl ${setting}=${suggested(needed)}` : '';
      return noticeFact('watch-limit', `${figures}${command}`, language);
    }
    case 'polling':
      return noticeFact('watch-polling', problem.why.cause, language);
    case 'restarted':
      return noticeFact('watch-restarted', problem.detail, language);
    case 'missed':
      return noticeFact('watch-missed', missedSubject(problem), language);
    case 'deaf':
      return noticeFact('watch-deaf', problem.dir, language);
    default:
      return problem satisfies never;
  }
}

/** As many names as a line holds. */
const namedAtMost = 5;

function missedSubject({ functions, total }: Extract<WatchProblem, { kind: 'missed' }>): string {
  const more = functions.length > namedAtMost ? `, … ${functions.length}` : '';
  return `${functions.slice(0, namedAtMost).join(', ')}${more} (Σ ${total})`;
}

/** Room to grow: the next power of two above what is needed, at least the 524,288 that editors recommend. */
function suggested(needed: number | null): number {
  return Math.max(524_288, 2 ** Math.ceil(Math.log2((needed ?? 1) * 2)));
}
