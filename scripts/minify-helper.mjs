/** The text of src/proof/helper-text.ts. */
import { transformSync } from 'esbuild';

/** @param {string} source of src/proof/helper.cjs */
export function minified(source) {
  const { code } = transformSync(source, {
    minify: true,
    target: 'node10',
    charset: 'utf8',
    format: 'cjs',
    platform: 'node',
  });
  const text = code.trimEnd().replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
  return `// Made of helper.cjs by \`npm run helper\`.\nexport const helperTemplate = \`${text}\\n\`;\n`;
}
