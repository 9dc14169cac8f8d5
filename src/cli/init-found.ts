/** Shows what `init` found in a project, and what it found and left. */
import type { FoundProject } from '../init/model.js';
import { columnsOf, listOf, printable } from '../text/text.js';
import { saidOf } from '../text/words/explanation.js';
import { type InitWords, initWords } from '../text/words/init.js';
import { wrap } from '../text/wrap.js';
import type { Context } from './context.js';

/** A line of names stays within a terminal of 80 columns, or nearly. */
const namesShown = 8;

export function tellFound(found: FoundProject, context: Context): void {
  const words = initWords[context.language];
  const lines = [
    words.looking(found.folder),
    found.files.length === 0 ? words.nothingRead : words.read(listOf(found.files, context.language)),
    ...found.roots.map((root) => words.roots(`${root}/`)),
    found.names.length === 0
      ? words.noFunctions
      : words.functions(some(found.names, context), found.names.length),
    ...found.envs.map(({ written, file }) => words.env(written, file)),
    ...Object.entries(found.shared).map(([name, by]) =>
      words.shared(name, by[0] === '*' ? words.all : some(by, context)),
    ),
    ...buildLines(found, words),
    ...Object.entries(found.events).map(([name, file]) => words.events(name, file)),
    ...(found.ignore.length === 0 ? [] : [words.ignore(listOf(found.ignore, context.language))]),
  ];
  tellLines(lines, ' '.repeat(columnsOf(words.roots(''))), context);
  tellLines(
    found.notes.map((note) => `! ${saidOf(words.notes, note.kind, note)}`),
    '  ',
    context,
  );
}

/** @param indent of what a line has too much for the terminal */
export function tellLines(lines: readonly string[], indent: string, { out, columns }: Context): void {
  const broken = lines.flatMap((line) => wrap(printable(line), columns, { indent, wholeWords: true }));
  out(broken.map((line) => `${line}\n`).join(''));
}

function some(names: readonly string[], { language }: Context): string {
  const shown = names.length > namesShown ? [...names.slice(0, namesShown), '…'] : names;
  return listOf(shown, language);
}

function buildLines(found: FoundProject, words: InitWords): string[] {
  return Object.entries(found.functions).flatMap(([name, { build }]) => {
    if (build === null) return [];
    return [words.build(name, build === 'esbuild' ? build : build.command)];
  });
}
