/** The details name the files in which what is live differs from the disk, as soon as that was looked up. */
import { expect, it } from 'vitest';
import type { MonitorEvent } from '../../src/monitor/model.js';
import { view } from '../../src/monitor/view.js';
import { failure } from '../core/make.js';
import { environments, options, picture, played, stateOf } from '../support/stage.js';

const size = { columns: 130, rows: 34 };
const stands = ['live', 'failed', 'sending'] as const;
const state = stateOf(environments, [{ name: 'pay', stands, failure: failure({ message: 'no' }) }]);
const [, failed = ''] = environments;
const files = ['index.js  +3 -1', 'lib/a.js  +1 -0', 'b.js  +0 -2', 'c.js  added', 'd.js  removed'];

function looked(key: string, shown: readonly string[]) {
  const groups = [{ envs: [failed], files: shown, total: '+4 -3' }];
  const event: Omit<Extract<MonitorEvent, { type: 'differences' }>, 'at'> = {
    type: 'differences',
    differences: { key, groups },
  };
  return played([event], state, size).monitor;
}

it('asks for what rests and differs alone, and shows it when it is there', () => {
  const before = played([], state, size).monitor;
  const { wish } = view(state, before, size, options);
  expect(wish).toMatchObject({ function: 'pay', envs: [failed] });
  expect(picture(state, before, size).join('\n')).not.toContain('differ');
  const shown = picture(state, looked(wish?.key ?? '', files), size).join('\n');
  expect(shown).toMatch(/mytestenv.*: 5 files differ from the disk, \+4 -3/);
  for (const file of files.slice(0, 3)) expect(shown).toContain(file);
  expect(shown).toContain('and 2 more: press D');
  const chinese = picture(state, looked(wish?.key ?? '', files), size, { language: 'zh-CN' }).join('\n');
  expect(chinese).toMatch(/：5 个文件与本地不同，\+4 -3/);
});

it('shows nothing that was looked up for other content, and no file name acts on the terminal', () => {
  expect(picture(state, looked('other', files), size).join('\n')).not.toContain('differ');
  const before = played([], state, size).monitor;
  const { wish } = view(state, before, size, options);
  const nasty = picture(state, looked(wish?.key ?? '', ['\u001b[2Jx\r\n\u202ey  +1 -1']), size).join('\n');
  expect(nasty).not.toMatch(/[\u001b\r\u202e]/);
  expect(nasty).toContain('1 file differs from the disk');
});

it('asks for nothing where all is live', () => {
  const live = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
  expect(view(live, played([], live, size).monitor, size, options).wish).toBeNull();
});
