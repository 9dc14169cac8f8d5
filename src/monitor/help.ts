/** The help: the table of keys over the screen, scrolled where it is longer than that. */
import { columnsOf, displayable, symbolFor } from '../text/text.js';
import { wrap } from '../text/wrap.js';
import { fitRow, fitText, overlay, type Row, span } from './frame.js';
import { headNames } from './functions-pane.js';
import { explainedKeys, keyNameColumns } from './keys.js';
import type { Scene } from './scene.js';

const boxAtMost = 84;

export function helpBox(scene: Scene, rows: readonly Row[]): Row[] {
  const { size, options, words, monitor, mark } = scene;
  const columns = Math.min(boxAtMost, size.columns);
  const inner = Math.max(1, columns - 4);
  const lines = helpLines(scene, inner);
  const room = Math.max(1, Math.min(lines.length, size.rows - 2));
  const top = Math.max(0, Math.min(monitor.helpTop, lines.length - room));
  const border = symbolFor('─│┌┐└┘', '-|++++', options.ascii);
  const [horizontal = '', vertical = '', ...corners] = border;
  const edge = (left: string, title: string, right: string): Row => {
    const text = fitText(`${horizontal} ${title} ${horizontal.repeat(columns)}`, columns - 2, '');
    return [span(fitText(left + text + right, columns, ''))];
  };
  const more = lines.length > room ? `${top + 1}-${top + room}/${lines.length}  ` : '';
  const box = [
    edge(corners[0] ?? '', words.keysTitle, corners[1] ?? ''),
    ...lines
      .slice(top, top + room)
      .map((line): Row => [span(`${vertical} `), ...fitRow(line, inner, mark), span(` ${vertical}`)]),
    edge(corners[2] ?? '', `${more}${words.closeHelp}`, corners[3] ?? ''),
  ];
  const left = Math.max(0, Math.floor((size.columns - columns) / 2));
  return overlay(rows, box, left, Math.max(0, Math.floor((size.rows - box.length) / 2)));
}

function helpLines(scene: Scene, columns: number): Row[] {
  const { options } = scene;
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
