/** Builds as editors see them, over what the core really reports: each that begins ends, and nothing in it is another line. */
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { createFacts } from '../../src/text/facts.js';
import { problemsRenderer } from '../../src/text/problems.js';
import { failure } from '../core/make.js';
import { Play } from '../core/play.js';

function editorOf(play: Play): { lines(): string[]; take(fact: Fact): void } {
  const written: string[] = [];
  const render = problemsRenderer({
    write: (text) => written.push(text),
    fileOf: (name) => `functions/${name}/index.js`,
    configFile: 'watch.config.json',
    language: 'en',
  });
  const derive = createFacts('en');
  const feed = play.feed.bind(play);
  play.feed = (event) => {
    const before = play.state;
    feed(event);
    for (const fact of derive(event, play.state, before)) render(fact, 0);
  };
  return { lines: () => written.join('').trimEnd().split('\n'), take: (fact) => render(fact, 0) };
}

const isOver = (lines: readonly string[]): boolean => lines.at(-1) === '[tcb-watch] end';

describe('a build ends', () => {
  it('where a function is held as it was before', () => {
    const play = new Play();
    play.settle();
    const editor = editorOf(play);
    play.feed({ type: 'pause', at: play.now, paused: true });
    play.save('pay', 'pay-2');
    play.pass(5000);
    play.save('pay', 'pay-3');
    play.pass(5000);
    expect(editor.lines().at(-1)).toBe('[tcb-watch] end');
  });

  it('where what changed is live again before it was sent', () => {
    const play = new Play();
    play.settle();
    const editor = editorOf(play);
    play.feed({ type: 'pause', at: play.now, paused: true });
    play.save('pay', 'pay-2');
    play.save('pay', 'pay-1');
    play.feed({ type: 'pause', at: play.now, paused: false });
    play.pass(5000);
    play.seeActive('settled');
    play.pass(5000);
    expect(editor.lines().at(-1)).toBe('[tcb-watch] end');
  });

  it('where everything waits for the quota', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.settle();
    const editor = editorOf(play);
    play.save('pay', 'pay-2');
    play.fail(play.push(), failure({ class: 'quota', errcode: 45009 }));
    play.save('login', 'login-2');
    play.pass(5000);
    play.save('login', 'login-3');
    play.pass(5000);
    expect(isOver(editor.lines())).toBe(true);
  });

  it('where an environment goes out of the configuration while it is sent to', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.settle();
    const editor = editorOf(play);
    play.save('pay', 'pay-2');
    play.configure(['dev']);
    play.accept(play.push());
    play.seeActive('later');
    play.pass(5000);
    expect(editor.lines().at(-1)).toBe('[tcb-watch] end');
  });
});

describe('a line', () => {
  it('has nothing of a hostile name but its letters', () => {
    const editor = editorOf(new Play());
    const detail = 'index.js cannot run';
    const place = 'a\u001b[2J\n[tcb-watch] end\nb.js:3:7';
    editor.take({ event: 'notice', kind: 'cannot-run', detail, hint: '', function: 'pay', place });
    const lines = editor.lines();
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^a.*b\.js:3:7: error: /);
    expect(lines.join('')).not.toContain('\u001b');
  });
});
