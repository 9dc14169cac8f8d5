#!/usr/bin/env node
/**
 * Makes docs/monitor.svg from the real program: it runs on a pseudo-terminal against an emulator with faults, its screen is
 * read from a terminal in memory and written as text of an SVG. `npm run picture`; needs dist/.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pty from '@lydell/node-pty';
import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { parse } from 'jsonc-parser';
import { importSource } from './bundle.mjs';

const { startEmulator } = await importSource('emulator/index.ts');
const root = fileURLToPath(new URL('..', import.meta.url));
const size = { cols: 104, rows: 28 };
const patienceMs = 60_000;
const envs = ['dev-3gewtf9c10f60c76', 'mytestenv-7gniuaq95b51dcdc', 'staging-8h2kd01mxq7w'];

async function prepare(folder, emulator) {
  await cp(join(root, 'sample-functions'), join(folder, 'sample-functions'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await cp(join(root, 'events'), join(folder, 'events'), { recursive: true });
  const { shared } = parse(await readFile(join(root, 'watch.config.json'), 'utf8'));
  const config = {
    shared,
    functionsRoot: 'sample-functions',
    envs,
    endpoint: emulator.url,
    answers: { proof: true },
    functions: { pay: { answers: ['咖啡'] } },
    token: { env: 'PICTURE_TOKEN' },
  };
  await writeFile(join(folder, 'watch.config.json'), JSON.stringify(config));
}

function terminal() {
  const made = new headless.Terminal({ ...size, allowProposedApi: true, scrollback: 0 });
  made.loadAddon(new unicode11.Unicode11Addon());
  made.unicode.activeVersion = '11';
  return made;
}

function run(screen, folder, emulator) {
  const { CI: _, NO_COLOR: __, SSH_CONNECTION: ___, SSH_TTY: ____, ...env } = process.env;
  const child = pty.spawn(process.execPath, [join(root, 'dist', 'main.js')], {
    ...size,
    cwd: folder,
    env: {
      ...env,
      TERM: 'xterm-256color',
      LC_ALL: 'C.UTF-8',
      TCB_WATCH_LANG: 'en',
      PICTURE_TOKEN: emulator.token,
    },
  });
  child.onData((text) => screen.write(text));
  return child;
}

/**
 * A day in half a minute: everything live, some saves, one that the cloud cannot deploy, one that it is busy with, and one that is live and
 * answers in one environment otherwise than in the others.
 */
async function play(screen, child, folder, emulator) {
  await until(screen, (text) => /✔ \d+ live *\n/.test(text) && text.includes('✔ live'));
  for (let count = 1; count <= 5; count += 1) await edit(screen, folder, 'order', `save ${count}`);
  const [, second, third] = envs;
  emulator.faults.add([
    {
      function: 'order',
      env: third,
      updateFailed: 'npm install failed: E404 leftpad@9.9.9 is not in this registry',
    },
    { call: 'batchuploadscfcode', function: 'login', env: second, busySeconds: 600 },
  ]);
  await save(folder, 'order', 'save 6');
  await until(screen, (text) => text.includes('✖ failed'));
  await save(folder, 'login', 'save 1');
  await until(screen, (text) => text.includes('↻ busy'));
  await choose(screen, child, 'pay');
  child.write('vt');
  await until(screen, (text) => text.includes('first answer'));
  await breakIn(folder, third);
  await until(screen, (text) => text.includes('PAY_KEY is not set') && text.includes('same as before'));
}

async function choose(screen, child, name) {
  child.write('g');
  for (let count = 0; !screenText(screen).includes(`▸ ${name}`); count += 1) {
    if (count > 20) throw new Error(`${name} is not there:\n${screenText(screen)}`);
    child.write('j');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const broken = (env) => `exports.sign = (fields, key) => {
  const { ENV } = require('wx-server-sdk').getWXContext();
  console.log('signing', fields.totalFee, 'in', ENV);
  if (ENV === '${env}') throw new Error('PAY_KEY is not set');
  return signed(fields, key);
};\n`;

/** A variable that one environment lacks. */
async function breakIn(folder, env) {
  const file = join(folder, 'sample-functions', 'pay', 'lib', 'sign', 'hmac.js');
  const text = await readFile(file, 'utf8');
  await writeFile(file, `${text.replace('exports.sign =', 'const signed =')}\n${broken(env)}`);
}

async function save(folder, name, comment) {
  const file = join(folder, 'sample-functions', name, 'index.js');
  await writeFile(file, `// ${comment}\n`, { flag: 'a' });
}

/** The next save comes when this one is live: before, the cloud would be busy with it. */
async function edit(screen, folder, name, comment) {
  await save(folder, name, comment);
  await until(screen, (text) => /✔ \d+ live +↑ \d+ pending/.test(text));
  await until(screen, (text) => /✔ \d+ live *\n/.test(text));
}

function screenText(screen) {
  const { active } = screen.buffer;
  return Array.from({ length: size.rows }, (_, row) => active.getLine(row)?.translateToString() ?? '').join(
    '\n',
  );
}

async function until(screen, fits) {
  const end = Date.now() + patienceMs;
  while (!fits(screenText(screen))) {
    if (Date.now() > end) throw new Error(`waited in vain:\n${screenText(screen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// ---------------------------------------------------------------- cells → SVG

const cell = { width: 8.4, height: 18 };
const colors = { 1: '#f38ba8', 2: '#a6e3a1', 3: '#f9e2af', 4: '#89b4fa', 5: '#cba6f7', 6: '#94e2d5' };
const [ground, ink] = ['#1e1e2e', '#cdd6f4'];
const margin = 12;

function shapesOf(part, row) {
  const x = (margin + part.column * cell.width).toFixed(1);
  const y = margin + row * cell.height;
  const width = (part.columns * cell.width).toFixed(1);
  const color = colors[part.color] ?? ink;
  const box = part.inverse
    ? [`<rect x="${x}" y="${y}" width="${width}" height="${cell.height}" fill="${color}"/>`]
    : [];
  if (part.text.trim() === '') return box;
  const looks = [
    `fill="${part.inverse ? ground : color}"`,
    part.bold ? 'font-weight="bold"' : '',
    part.dim ? 'opacity="0.65"' : '',
    part.underline ? 'text-decoration="underline"' : '',
  ].filter((look) => look !== '');
  const place = `x="${x}" y="${y + 13.5}" textLength="${width}"`;
  return [...box, `<text ${place} ${looks.join(' ')}>${escaped(part.text)}</text>`];
}

function svgOf(screen) {
  const parts = [];
  for (let row = 0; row < size.rows; row += 1) {
    for (const part of runsOf(screen.buffer.active.getLine(row))) parts.push(...shapesOf(part, row));
  }
  const width = (size.cols * cell.width + 2 * margin).toFixed(0);
  const height = size.rows * cell.height + 2 * margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The monitor of tcb-watch">
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve" lengthAdjust="spacingAndGlyphs">
${parts.join('\n')}
</g>
</svg>
`;
}

/** Cells of one look next to each other, as one text. */
function runsOf(line) {
  const runs = [];
  for (let column = 0; column < size.cols; column += 1) {
    const cell = line.getCell(column);
    const width = cell.getWidth();
    if (width === 0) continue;
    const look = {
      color: cell.isFgPalette() ? cell.getFgColor() : 0,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      inverse: cell.isInverse() !== 0,
      underline: cell.isUnderline() !== 0,
    };
    const key = JSON.stringify([look, width]);
    const last = runs.at(-1);
    const text = cell.getChars() || ' ';
    if (last !== undefined && last.key === key) {
      last.text += text;
      last.columns += width;
    } else {
      runs.push({ key, ...look, column, columns: width, text });
    }
  }
  return runs;
}

function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(' ', '\u00a0');
}

const folder = await mkdtemp(join(tmpdir(), 'tcb-watch-picture-'));
const emulator = await startEmulator({ envs, deployMs: 500, latencyMs: 40 });
try {
  await prepare(folder, emulator);
  const screen = terminal();
  const child = run(screen, folder, emulator);
  const ended = new Promise((resolve) => child.onExit(resolve));
  try {
    await play(screen, child, folder, emulator);
    await mkdir(join(root, 'docs'), { recursive: true });
    await writeFile(join(root, 'docs', 'monitor.svg'), svgOf(screen));
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
} finally {
  await emulator.close();
  await rm(folder, { recursive: true, force: true });
}
