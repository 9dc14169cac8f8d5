import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import { mapValues } from '../../src/core/update.js';
import { firstMonitor } from '../../src/monitor/model.js';
import { view } from '../../src/monitor/view.js';
import { busyMonitor, design, monitors, nastyState } from '../support/busy-stage.js';
import { environments, key, motley, now, options, picture, played, stateOf, text } from '../support/stage.js';

describe('a frame', () => {
  it('holds nothing that moves the cursor or turns the writing direction', () => {
    const state = nastyState();
    const forbidden =
      /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\ufe0f/;
    for (const monitor of monitors(state)) {
      for (const line of picture(state, monitor, { columns: 120, rows: 50 }))
        expect(line).not.toMatch(forbidden);
    }
  });

  it('says too small, and does not fail', () => {
    expect(picture(motley(), firstMonitor, { columns: 12, rows: 3 })).toEqual([
      'too small   ',
      ' '.repeat(12),
      ' '.repeat(12),
    ]);
  });
});

describe('what is seen', () => {
  it('a long name whole, where there is room for it', () => {
    const name = 'a-function-with-a-name';
    const state = stateOf(environments, [
      { name, stands: ['live', 'live', 'live'] },
      { name: 'pay', stands: ['live', 'live', 'live'] },
    ]);
    // The other one is chosen: the name stands in the table alone.
    const monitor = { ...firstMonitor, selected: 'pay' };
    expect(picture(state, monitor, { columns: 200, rows: 30 }).join('\n').split(name)).toHaveLength(2);
  });

  it.each([
    [80, 24],
    [200, 50],
    [60, 16],
    [40, 10],
    [20, 4],
  ])('at %i×%i', (columns, rows) => {
    const state = motley();
    const size = { columns, rows };
    const monitor = { ...busyMonitor(state), selected: 'order' };
    expect(picture(state, monitor, size).join('\n')).toMatchSnapshot();
  });

  it.each([
    ['in Chinese', { language: 'zh-CN' }],
    ['in ASCII', { ascii: true }],
  ] as const)('%s', (_, over) => {
    const monitor = { ...firstMonitor, selected: 'order' };
    const lines = picture(motley(), monitor, design, over);
    expect(lines.join('\n')).toMatchSnapshot();
    if ('ascii' in over) expect(lines.join('').replaceAll(/[\u4e00-\u9fff]/g, '')).toMatch(/^[\x20-\x7e]*$/);
  });

  it('zoomed: no borders, so that it can be copied', () => {
    const { monitor } = played([key('down'), key('down'), key('enter')], motley(), design);
    const lines = picture(motley(), monitor, design);
    expect(lines.join('\n')).toMatchSnapshot();
    expect(lines.join('')).not.toMatch(/[│┌└]/);
  });

  it('says at 80×24 why each target waits, and what to do', () => {
    const state = motley();
    for (const [name, ...expected] of [
      ['login', 'sending', 'deploying', 'The code is being uploaded.', '4 s ago'],
      ['order', 'failed', 'E404', '65f0a1b2-1c2d3e4f-5a6b7c8d', 'wait 12 s', '2 attempts', '→ '],
      ['pay', 'queued', 'no answer', '5 minutes ago'],
      ['订单查询', 'bad name', 'letters, digits', '→ Rename the folder.'],
      ['report', 'reading', 'Files are changing'],
    ]) {
      const lines = picture(state, { ...firstMonitor, selected: name ?? '' }, design);
      const right = lines.map((line) => line.slice(line.lastIndexOf('│', line.length - 2) + 1)).join(' ');
      const flat = right.replaceAll(/[│\s]+/g, ' ');
      for (const part of expected) expect(flat, `${name}: ${part}`).toContain(part);
    }
  });

  it('shows what is wrong with everything in the header', () => {
    const state = motley();
    const offline = { since: now, detail: 'ECONNREFUSED', probing: null, probeAt: now + 1000 };
    const broken: State = {
      ...state,
      offline,
      paused: true,
      git: new Map([['/project', now]]),
      token: { ...state.token, status: 'rejected' },
    };
    for (const size of [design, { columns: 200, rows: 50 }, { columns: 60, rows: 16 }]) {
      const head = picture(broken, firstMonitor, size).slice(0, 2).join(' ');
      for (const word of ['TOKEN REFUSED', 'OFFLINE', 'git', 'PAUSED']) expect(head).toContain(word);
    }
    expect(picture(broken, firstMonitor, { columns: 40, rows: 10 })[0]).toContain('TOKEN REFUSED');
    expect(picture(broken, firstMonitor, { columns: 200, rows: 50 })[0]).toContain('OFFLINE 14:03:20');
  });

  it('says what to do behind what it is about, and keeps a short row for what is wrong', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['queued', 'queued', 'queued'] }]);
    const offline = { since: now, detail: 'ECONNREFUSED', probing: null, probeAt: now + 1000 };
    const monitor = { ...firstMonitor, configWrong: 'line 4, envz: Did you mean "envs"?' };
    const head = picture({ ...state, offline }, monitor, design)[1] ?? '';
    expect(head).toMatch(/CONFIG INVALID.* · OFFLINE {2}→ Check /);
    const short = picture({ ...state, paused: true }, firstMonitor, { columns: 40, rows: 10 })[0] ?? '';
    expect(short).toContain('PAUSED');
    expect(short).not.toContain('token');
    expect(picture(state, firstMonitor, { columns: 40, rows: 10 })[0]).toContain('token');
  });

  it('says what still runs where the newest does not', () => {
    const seen = (state: State): string =>
      picture(state, { ...firstMonitor, selected: 'pay', zoomed: true }, design).join('\n');
    const failed = stateOf(environments, [{ name: 'pay', stands: ['live', 'failed', 'waiting'] }]);
    expect(seen(failed)).toContain('mytestenv, staging: still runs bbbbbbbb (14:02:20)');
    const withLive = (presence: 'missing' | 'present'): State => ({
      ...failed,
      functions: failed.functions.map((fn) => ({
        ...fn,
        targets: new Map([...fn.targets].map(([env, target]) => [env, { ...target, live: null, presence }])),
      })),
    });
    expect(seen(withLive('missing'))).toContain('not deployed yet');
    expect(seen(withLive('present'))).toContain('runs an unknown version');
    expect(seen(stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'sending'] }]))).not.toMatch(
      /runs|not known/,
    );
  });

  it('says when the cloud last said what runs', () => {
    const live = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
    const seen = (listedAt: number): string => {
      const envs = mapValues(live.envs, (env) => ({ ...env, listedAt }));
      return picture({ ...live, envs }, { ...firstMonitor, selected: 'pay', zoomed: true }, design).join(
        '\n',
      );
    };
    expect(seen(now - 60_000)).toContain('14:02:20 last asked the cloud what runs; r asks again');
    expect(seen(0)).not.toContain('last asked');
  });

  it('says which part of a long list is seen', () => {
    const state = stateOf(
      environments,
      Array.from({ length: 30 }, (_, index) => ({ name: `fn${index + 10}`, stands: ['live'] as const })),
    );
    const { monitor } = played([key('G')], state, design);
    expect(picture(state, firstMonitor, design)[2]).toMatch(/^─ Functions 30 ─+ 1-8\/30 ─$/);
    expect(picture(state, monitor, design)[2]).toContain(' 23-30/30 ─');
    expect(picture(motley(), firstMonitor, design)[2]).toMatch(/^─ Functions 6 ─+$/);
    const wide = { columns: 160, rows: 24 };
    expect(picture(state, firstMonitor, wide).at(-2)).toContain(' 1-19/30 ─┴');
    expect(picture(motley(), firstMonitor, wide).at(-2)).toMatch(/^└─+┴─+┘$/);
  });

  it('says that nothing failed where only that was asked for', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
    const { monitor } = played([key('e')], state, design);
    expect(picture(state, monitor, design).join('\n')).toContain('Nothing failed or held. Esc shows all.');
  });

  it('folds twelve environments to symbols', () => {
    const envs = Array.from({ length: 12 }, (_, index) => `env${index}-0123456789ab`);
    const stands = envs.map((_, index) => (index === 4 ? 'failed' : 'live'));
    const state = stateOf(envs, [{ name: 'order', stands: stands as 'live'[] }]);
    const lines = picture(state, firstMonitor, design);
    expect(lines.join('\n')).toMatch(/✔ +✔ +✔ +✔ +✖ +✔ +✔ +✔ +✔ +✔ +✔ +✔/);
    expect(lines.join('\n')).toContain('env4');
  });

  it('names environments in the help where the list has numbers for them', () => {
    const envs = Array.from({ length: 6 }, (_, index) => `environment${index}-0123456789ab`);
    const state = stateOf(envs, [{ name: 'order', stands: envs.map(() => 'live' as const) }]);
    const help = { ...firstMonitor, help: true };
    expect(picture(state, firstMonitor, { columns: 80, rows: 24 })[3]).toMatch(/ 0 +1 +2 +3 +4 +5 /);
    const lines = picture(state, help, { columns: 80, rows: 60 }).join('\n');
    expect(lines).toMatch(/│ 5 +environment5-0123456789ab/);
    const few = stateOf(environments, [{ name: 'order', stands: ['live', 'live', 'live'] }]);
    expect(picture(few, help, { columns: 120, rows: 60 }).join('\n')).not.toContain('3gewtf9c10f60c76');
  });

  it('shows one kind of size, whether a zip was made or not', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
    const sizeIn = (zipBytes: number | null): string | undefined => {
      const functions = state.functions.map((fn) => ({ ...fn, zipBytes }));
      const lines = picture({ ...state, functions }, firstMonitor, { columns: 200, rows: 50 });
      return /│▸ pay .*?(\d+ KiB)/.exec(lines.join('\n'))?.[1];
    };
    expect(sizeIn(null)).toBe('5 KiB');
    expect(sizeIn(2048)).toBe('5 KiB');
  });
});

describe('texts that show time', () => {
  it('want no frame when nothing changes', () => {
    const state = stateOf(environments, [{ name: 'cart', stands: ['live', 'live', 'live'] }]);
    const calm = { ...state, token: { ...state.token, expiresAt: null } };
    expect(view(calm, firstMonitor, design, options).wakeAt).toBeNull();
  });

  it('want the next one exactly when they read differently', () => {
    const state = motley();
    const monitor = { ...firstMonitor, selected: 'order' };
    const textAt = (at: number): string => picture(state, monitor, design, { now: at }).join('\n');
    const wakeAt = view(state, monitor, design, options).wakeAt;
    if (wakeAt === null) throw new Error('a countdown must wake the screen');
    expect(textAt(wakeAt - 1)).toBe(textAt(now));
    expect(textAt(wakeAt)).not.toBe(textAt(now));
  });

  it('shows a toast for as long as it lasts', () => {
    const { monitor } = played([key('m')], motley(), design);
    const until = monitor.toast?.until ?? 0;
    expect(picture(motley(), monitor, design).at(-1)).toContain('terminal uses the mouse');
    expect(picture(motley(), monitor, design, { now: until }).at(-1)).toContain('quit');
  });
});

describe('typing', () => {
  it('shows the end of what is typed', () => {
    const { monitor } = played(
      [key('/'), text('查询'), text('x'.repeat(200)), text('END')],
      motley(),
      design,
    );
    expect(picture(motley(), monitor, design).at(-1)).toMatch(/filter: x+END/);
  });
});
