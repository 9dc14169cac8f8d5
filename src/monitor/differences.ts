/** In which files of the chosen function what is live differs from the disk: what is to be looked up, and how it is shown. */
import { wantedIn } from '../core/state.js';
import type { HoldReason } from '../model/nouns.js';
import { displayable } from '../text/text.js';
import { wrap } from '../text/wrap.js';
import { fitRow, type Row, span } from './frame.js';
import type { DifferencesWish } from './model.js';
import type { Scene } from './scene.js';
import { envsText, type TargetCell } from './table.js';

/** These are over in a moment, and what is on the disk may be another content then. */
const passing: ReadonlySet<HoldReason> = new Set(['settling', 'building']);

/** null: there is nothing to compare, or all of it is on its way. */
export function differencesWish({ row, env }: Pick<Scene, 'row' | 'env'>): DifferencesWish | null {
  if (row === null || row.fn.problem !== null) return null;
  const cells = [...row.cells.values()].filter((cell) => env === null || cell.env === env);
  const differing = cells.filter((cell) => rests(cell) && differs(row.fn, cell));
  if (differing.length === 0) return null;
  const lives = differing.map((cell) => `${cell.env} ${cell.target.live}`);
  return {
    function: row.name,
    envs: differing.map((cell) => cell.env),
    key: [row.name, row.fn.wanted, ...lives].join('\n'),
  };
}

function rests({ phase }: TargetCell): boolean {
  if (phase.kind === 'waiting') return true;
  return phase.kind === 'held' && !passing.has(phase.hold.reason);
}

function differs(fn: Parameters<typeof wantedIn>[0], { env, target }: TargetCell): boolean {
  const wanted = wantedIn(fn, env);
  return target.live !== null && wanted !== null && target.live !== wanted;
}

/** More are counted; `D` shows them all. */
const filesShown = 3;

export function differenceRows(scene: Scene, columns: number): Row[] {
  const { monitor, words, mark, envNames, options } = scene;
  const wish = differencesWish(scene);
  if (wish === null || monitor.differences?.key !== wish.key) return [];
  return monitor.differences.groups.flatMap(({ envs, files, total }): Row[] => {
    if (files.length === 0) return [];
    const where = envsText(envNames, envs, options.language);
    const more = files.length > filesShown + 1 ? [words.moreDiffer(files.length - filesShown)] : [];
    const shown = more.length === 0 ? files : files.slice(0, filesShown);
    return [
      ...wrap(words.differ(where, files.length, total), columns).map((text) =>
        fitRow([span(text)], columns, mark),
      ),
      ...[...shown, ...more].map((text) =>
        fitRow([span('  '), span(displayable(text), { dim: true })], columns, mark),
      ),
    ];
  });
}
