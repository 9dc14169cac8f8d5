// Writes src/proof/helper-text.ts: src/proof/helper.cjs without what only people need.
import { readFileSync, writeFileSync } from 'node:fs';
import { minified } from './minify-helper.mjs';

const place = (name) => new URL(`../src/proof/${name}`, import.meta.url);
writeFileSync(place('helper-text.ts'), minified(readFileSync(place('helper.cjs'), 'utf8')));
