/** The help: the table of keys over the screen, scrolled where it is longer than that. */
import { columnsOf, displayable } from '../text/text.js';
import { wrap } from '../text/wrap.js';
import { fitText, type Row, span } from './frame.js';
import { headNames } from './functions-pane.js';
import { explainedKeys, keyNameColumns } from './keys.js';
import type { Scene } from './scene.js';
import { boxOver } from './sheet.js';

const boxAtMost = 84;

export function helpBox(scene: Scene, rows: readonly Row[]): Row[] {
  const lines = helpLines(scene);
  return boxOver(scene, rows, { title: scene.words.keysTitle, lines, columns: boxColumns(scene), below: 0 });
}

const boxColumns = ({ size }: Scene): number => Math.min(boxAtMost, size.columns);

export function helpLines(scene: Scene): Row[] {
  const { options } = scene;
  const columns = Math.max(1, boxColumns(scene) - 4);
  const keys = explainedKeys(options.language, options.ascii).flatMap(({ key, text }) => {
    const width = Math.max(keyNameColumns, columnsOf(key) + 1);
    return wrap(text, Math.max(1, columns - width)).map(
      (part, index): Row => [
        span(index === 0 ? fitText(key, width) : ' '.repeat(width), { bold: true, color: 'cyan' }),
        span(part),
      ],
    );
  });
  return [...keys, ...environmentLines(scene)];
}

/** Which environment is which, where the list has no room for their names. */
function environmentLines(scene: Scene): Row[] {
  const heads = [...headNames(scene)].filter(([env, head]) => head !== scene.envNames.get(env));
  return heads.map(([env, name]) => [
    span(fitText(name, keyNameColumns), { bold: true }),
    span(displayable(env)),
  ]);
}
