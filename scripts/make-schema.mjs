// Writes watch.config.schema.json from the definition that validates the file: npm run schema
import { writeFile } from 'node:fs/promises';
import { importSource } from './bundle.mjs';

const { schemaText } = await importSource('config/schema-page.ts');
await writeFile(new URL('../watch.config.schema.json', import.meta.url), schemaText());
