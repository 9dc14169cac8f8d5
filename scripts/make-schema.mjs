// Writes watch.config.schema.json from the definition that validates the file. Build first:
//   npm run build && node scripts/make-schema.mjs
import { writeFile } from 'node:fs/promises';
import { schemaText } from '../dist/config/schema.js';

await writeFile(new URL('../watch.config.schema.json', import.meta.url), schemaText());
