/** `tcb-watch doctor`: what stands in the way of syncing, and how to fix it. */
import { join } from 'node:path';
import { examineCloud } from '../doctor/cloud.js';
import { type MissingLink, makeLink } from '../doctor/links.js';
import { examineProject, type Tell } from '../doctor/project.js';
import { examineRequest } from '../doctor/request.js';
import { unmatchedEnvs } from '../functions/selection.js';
import type { ConfigProblem } from '../model/config-problem.js';
import { type Finding, worstCode } from '../model/finding.js';
import { slashRelative } from '../system/paths.js';
import { withoutEnd } from '../system/text-end.js';
import {
  checkLine,
  findingsSummary,
  findingText,
  goodEnvsText,
  goodFunctionsText,
  sharedFinding,
} from '../text/findings.js';
import { doctorWords } from '../text/words/doctor.js';
import type { Context } from './context.js';
import { loadFor } from './load.js';
import { tellUnmatched, withEnvIds } from './names.js';
import type { DoctorOptions } from './options.js';
import { looksFor } from './output.js';
import { withoutOpen } from './trust.js';

/** The exit code is that of the worst finding, in the order that `push` has; 0 where nothing must be fixed. */
export async function runDoctor(options: DoctorOptions, context: Context): Promise<number> {
  const findings: Finding[] = [];
  const print = printer(options, context);
  const tell: Tell = (finding) => {
    findings.push(finding);
    print.take(finding);
  };
  const code = await examine(options, context, tell);
  print.end();
  if (code !== null) return code;
  if (!options.json) context.out(`\n${findingsSummary(findings, context.language)}\n`);
  return worstCode(findings);
}

/** null: everything was looked at. */
async function examine(asked: DoctorOptions, context: Context, tell: Tell): Promise<number | null> {
  const whole = await loadFor(asked, context);
  const tellProblems = (problems: readonly ConfigProblem[]): void => {
    for (const problem of problems) tell({ kind: 'config-problem', function: null, env: null, problem });
  };
  if (!whole.ok) {
    tellProblems(whole.problems);
    return null;
  }
  const options = withEnvIds(asked, whole.config);
  const { config, left } = await withoutOpen(whole, options, context);
  tellProblems(left);
  const loaded = { ...whole, config };
  const strangers = unmatchedEnvs(options.envId, loaded.config);
  if (strangers.length > 0) {
    return tellUnmatched(strangers, context);
  }
  const isOpen = config.token?.kind !== 'withheld';
  if (options.rid !== undefined) {
    if (isOpen) await examineRequest(loaded, ridIn(options.rid), tell);
    return null;
  }
  const examined = await examineProject(loaded, tell);
  await offerLinks(examined.links, options, context, tell);
  const envs = options.envId.length > 0 ? options.envId : loaded.config.envs;
  // Without a token nothing could be asked, and an address that nobody agreed to is not even connected to.
  if (isOpen) await examineCloud(loaded, envs, examined, tell);
  return null;
}

/** As people copy it: `rid: 5f9e…`. */
const ridIn = (given: string): string => withoutEnd(given.replace(/^\s*\(?rid:?\s+/i, ''), ' \t\r\n).');

/** Makes the links that somebody wants. Who does not want to answer is not asked again. */
async function offerLinks(
  links: readonly MissingLink[],
  options: DoctorOptions,
  context: Context,
  tell: Tell,
): Promise<void> {
  let asks = context.interactive && !options.json && !options.yes;
  for (const link of links) {
    const { function: name, shared } = link;
    const whom = { function: name, env: null, shared } as const;
    const place = slashRelative(context.cwd, join(link.dir, shared));
    const question = doctorWords[context.language].makeLink(place);
    const answer = asks ? await context.prompts.confirm(question, true) : options.yes;
    asks &&= answer !== null;
    if (answer !== true) tell({ kind: 'link-missing', ...whom });
    else {
      const code = await makeLink(link.dir, shared, link.sharedDir);
      tell(code === null ? { kind: 'link-made', ...whom } : { kind: 'link-failed', ...whom, code });
    }
  }
}

interface Printer {
  readonly take: (finding: Finding) => void;
  readonly end: () => void;
}

/** As they come; but many functions whose content is good share a line, or what is wrong would drown among them. */
function printer(options: DoctorOptions, context: Context): Printer {
  const { language, columns, out } = context;
  const style = { ...looksFor(false, context), columns };
  let good: Finding<'function-ok'>[] = [];
  /** Environments one after the other that are well in the same way. */
  let alike: { readonly key: string; readonly findings: Finding[] } | null = null;
  const end = (): void => {
    if (good.length > 0) out(goodFunctionsText(good, style));
    if (alike !== null) out(goodEnvsText(alike.findings, style));
    good = [];
    alike = null;
  };
  return {
    take(finding) {
      if (options.json) return out(checkLine(finding, language, Date.now()));
      if (finding.kind === 'function-ok') return void good.push(finding);
      const key = sharedFinding(finding, language);
      if (key !== null && key === alike?.key) return void alike.findings.push(finding);
      // The findings about functions stand together.
      if (finding.function === null || alike !== null) end();
      if (key === null) out(findingText(finding, style));
      else alike = { key, findings: [finding] };
    },
    end,
  };
}
