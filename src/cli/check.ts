/** `tcb-watch check [NAME…]`: calls what is live with its saved events, and judges the answers. Sends no code. */
import { codeOfAnswers } from '../answers/exit-code.js';
import { worstOf } from '../core/standing.js';
import { checkAnswers } from '../daemon/answers.js';
import { type Answer, isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import { eventNotice } from '../text/answers.js';
import { noticeFact } from '../text/notices.js';
import { answerWords } from '../text/words/answers.js';
import { type Context, interruptsOf } from './context.js';
import { tellNoStore } from './load.js';
import { functionNames, tellUnmatched, withEnvIds } from './names.js';
import type { CheckOptions } from './options.js';
import { rendererFor, withLog } from './output.js';
import { loadTrusted } from './trust.js';

/** Exit codes: 0 all is as it should be · 1 something is not live · 2 to 4, 6 as everywhere · 5 an answer is not. */
export async function runCheck(
  asked: CheckOptions,
  given: readonly string[],
  context: Context,
): Promise<number> {
  const trusted = await loadTrusted(asked, context);
  if (trusted === null) return 3;
  const { loaded } = trusted;
  const { config } = loaded;
  const options = withEnvIds(asked, config);
  const { language } = context;
  const names = await functionNames(given, config, context);
  const render = withLog(
    rendererFor({ ...options, problems: false }, 'outcomes', config, context),
    config,
    context,
  );
  const tell = (fact: Fact): void => render(fact, Date.now());
  const signal = interruptsOf(context);
  const answers: Answer[] = [];
  const outcome = await checkAnswers({
    loaded,
    selection: { envIds: options.envId, only: options.only, names },
    language,
    signal,
    onBegin: (functions, envs) =>
      tell({
        event: 'started',
        version: context.version,
        pid: process.pid,
        endpoint: config.endpoint,
        envs,
        functions,
      }),
    onAnswer(answer) {
      answers.push(answer);
      tell({ event: 'answer', ...answer });
    },
    onBug: (text) => tell(noticeFact('bug', text, language)),
  });
  switch (outcome.kind) {
    case 'unmatched':
      return tellUnmatched(outcome.unmatched, context);
    case 'no-store':
      return tellNoStore(outcome.problem, loaded, context);
    case 'done': {
      const words = answerWords[language];
      for (const problem of outcome.problems) tell(eventNotice(problem, language));
      for (const env of outcome.protectedEnvs) context.err(`tcb-watch: ${words.neverThere(env)}\n`);
      for (const name of outcome.unchosen) context.err(`tcb-watch: ${words.unchosen(name)}\n`);
      const isNothing = outcome.functions === 0 && names.length === 0;
      if (isNothing) context.err(`tcb-watch: ${words.nothingChosen}\n`);
      const refused = outcome.problems.length + outcome.protectedEnvs.length + outcome.unchosen.length;
      const rest = signal.aborted || outcome.pending.length > 0 ? 1 : 0;
      const code = worstOf([refused > 0 || isNothing ? 3 : 0, codeOfAnswers(answers), rest]);
      const ok = answers.filter(isGoodAnswer).length;
      const counts = { ok, failed: answers.length - ok };
      const nothing = { pushed: 0, failed: 0, p50Ms: null, p95Ms: null };
      tell({ event: 'stopped', code, ...nothing, pending: outcome.pending, answers: counts });
      return code;
    }
    default:
      return outcome satisfies never;
  }
}
