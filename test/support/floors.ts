/** From the ground up. A room may import from the rooms on the floors below it, never from its own floor or from above. */
export const floors: readonly (readonly string[])[] = [
  ['model', 'system', 'emulator'],
  ['core', 'config', 'zip'],
  ['text', 'state', 'cloud', 'code', 'proof'],
  ['content', 'answers'],
  ['functions', 'upload', 'history'],
  ['build', 'init'],
  ['watch', 'reactions', 'monitor'],
  ['sync'],
  ['daemon'],
  ['doctor', 'library'],
  ['cli'],
  ['main.ts', 'index.ts'],
];
