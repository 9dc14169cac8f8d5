// The package's types in one file: what index.d.ts offers, and what that is made of; nothing that nobody can reach.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Declarations whose comments are the library's documentation; the others keep their types alone. */
const documented =
  /^(?:library\/(?:library|event-stream|local-cloud)|model\/fact|config\/(?:config|input))\.d\.ts$/;

const comment = String.raw`/\*\*(?:(?!\*/)[^])*\*/\s*`;
/** A declaration of the compiler's output, with its comment: it ends where the next begins. */
const declaration = new RegExp(
  String.raw`^(?:${comment})?^(?:export )?(?:declare )?(?:interface|type|const|function) (\w+)[^]*?(?=^(?:${comment})?^(?:export|import|interface|type|declare)\b|$(?![^]))`,
  'gm',
);

/** @param {string} dist what the compiler wrote */
export async function types(dist) {
  const index = await readFile(path.join(dist, 'index.d.ts'), 'utf8');
  const offered = [...index.matchAll(/\{([^}]+)\} from/g)].flatMap(([, list]) =>
    list.match(/\b(?!type\b)\w+/g),
  );
  const declared = await declarations(dist, 'index.d.ts');
  const wanted = new Set(offered);
  // A set's new members are visited as well.
  for (const name of wanted) {
    for (const word of withoutComments(declared.get(name)).match(/\w+/g))
      if (declared.has(word)) wanted.add(word);
  }
  const texts = [...wanted].map((name) => {
    const text = declared
      .get(name)
      .replace(/^export /m, '')
      .trim();
    return offered.includes(name) ? text.replace(/^(?=(?:declare|interface|type) )/m, 'export ') : text;
  });
  // `export {}`: what is not marked as exported is not.
  return `${index.slice(0, index.indexOf('export '))}${squeezed(texts.join('\n'))}\nexport {};\n`;
}

/** Without the blanks and line ends that no compiler needs: editors show types in their own form, and comments as they are. */
function squeezed(text) {
  return text
    .replace(/^ +/gm, '')
    .replace(
      /(\/\*\*[\s\S]*?\*\/\n)|;?\s*([{}|&:,]|=>?)[^\S\n]*(?:\n(?!\/\*))?/g,
      (_, kept, mark) => kept ?? mark,
    );
}

/** By their names, which must be unique: the declarations of a file and of those that it leads to. */
async function declarations(dist, name, found = new Map(), seen = new Set()) {
  if (seen.has(name)) return found;
  seen.add(name);
  const text = await readFile(path.join(dist, name), 'utf8');
  for (const [whole, declares] of text.matchAll(declaration)) {
    if (found.has(declares))
      throw new Error(`Two types are called ${declares}: the package has them in one file.`);
    found.set(declares, documented.test(name) ? whole : withoutComments(whole));
  }
  for (const [, imported] of text.matchAll(/from '(\.[^']+)\.js'/g)) {
    await declarations(dist, path.posix.join(path.posix.dirname(name), `${imported}.d.ts`), found, seen);
  }
  return found;
}

/** Comments of the compiler's own output stand on lines of their own. */
function withoutComments(text) {
  return text.replace(new RegExp(`^\\s*${comment}`, 'gm'), '');
}
