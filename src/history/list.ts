/** The versions of a function as lines: when each was sent, what it holds, from which commit, and where it ran. */
import type { EnvId } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import { columnsOf, listOf, padColumns, printable, short, size } from '../text/text.js';
import { clockTime } from '../text/time.js';
import { historyWords } from '../text/words/history.js';
import type { FunctionHistory, Run, SentVersion } from './model.js';

/** A line for each version, the newest first. @param envs whose runs are shown @param nameOf how they are called */
export function versionLines(
  { versions, runs }: FunctionHistory,
  envs: readonly EnvId[],
  now: number,
  language: Language,
  nameOf: (env: EnvId) => string = (env) => env,
): readonly string[] {
  const rows = versions.map((version) => cellsOf(version, now, language));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => columnsOf(row[column] ?? ''))),
  );
  return versions.map((version, index) => {
    const cells = (rows[index] ?? []).map((cell, column) => padColumns(cell, widths[column] ?? 0));
    const own = runs
      .filter((run) => run.fingerprint === version.fingerprint && envs.includes(run.env))
      .map((run) => ({ ...run, env: nameOf(run.env) }));
    return [...cells, runText(own, now, language)].join('  ').trimEnd();
  });
}

function cellsOf(version: SentVersion, now: number, language: Language): readonly string[] {
  const words = historyWords[language];
  const { fingerprint, sentAt, files, zipBytes, commit } = version;
  return [
    short(fingerprint),
    clockTime(sentAt, now),
    words.files(files.length),
    size(zipBytes),
    commit === null ? '' : words.commit(commit.id.slice(0, 7), commit.dirty),
  ];
}

/** The newest come first. */
const runsShown = 4;

function runText(runs: readonly Run[], now: number, language: Language): string {
  const words = historyWords[language];
  if (runs.length === 0) return words.neverLive;
  const newest = alike(runs.toReversed(), now);
  const shown = newest
    .slice(0, runsShown)
    .map(({ envs, from, to }) =>
      to === null
        ? words.ranSince(listOf(envs, language), from)
        : words.ran(listOf(envs, language), from, to),
    );
  const more = newest.length - shown.length;
  return printable([...shown, ...(more > 0 ? [words.moreRuns(more)] : [])].join(words.betweenRuns));
}

interface RunsAlike {
  readonly envs: readonly string[];
  readonly from: string;
  readonly to: string | null;
}

/** Runs of the same time by the clock are one row of environments. */
function alike(runs: readonly Run[], now: number): readonly RunsAlike[] {
  const groups = new Map<string, RunsAlike>();
  for (const run of runs) {
    const from = clockTime(run.from, now);
    const to = run.to === null ? null : clockTime(run.to, now);
    const key = `${from} ${to ?? ''}`;
    groups.set(key, { from, to, envs: [...(groups.get(key)?.envs ?? []), run.env].sort() });
  }
  return [...groups.values()];
}
