import { it } from 'vitest';
import { firstMonitor } from '../../src/monitor/model.js';
import { environments, motley, picture, played, stateOf, wanted } from '../support/stage.js';
import { failure } from '../core/make.js';
it('pic', () => {
  const s = motley();
  const facts = [
    { event: 'changed', function: 'order', files: ['index.js'], more: 0 },
    { event: 'pushing', function: 'order', envs: environments, fingerprint: wanted, zipBytes: 2048, files: 3, attempt: 1, cause: 'change' },
    ...environments.map((env) => ({ event: 'live', function: 'cart', env, fingerprint: wanted, sinceSaveMs: 700, verified: true })),
    { event: 'push-failed', function: 'order', envs: [environments[1]], class: 'function', errcode: -504002, message: 'Function code exception caught: 依赖安装失败 npm ERR! code E404', hint: 'x', rid: '65f0a1b2-1c2d3e4f', retryInMs: null, final: true },
  ].map((fact) => ({ type: 'fact', fact }));
  for (const size of [{ columns: 80, rows: 24 }, { columns: 120, rows: 35 }, { columns: 200, rows: 50 }, { columns: 60, rows: 16 }, { columns: 40, rows: 14 }]) {
    const { monitor } = played(facts as never, s, size);
    console.log(picture(s, monitor, size).join('\n'));
  }
  const envs = ['alice','bob','carol','dave','erin','frank','grace','heidi','ivan','judy','mallory','niaj'].map((n) => `team-${n}-3gewtf9c10f60c76`);
  const many = stateOf(envs, [{ name: 'pay', stands: envs.map((_, i) => (i === 3 ? 'failed' : 'live')), failure: failure({ class: 'env', errcode: -1, message: 'FailedOperation: env isolated InsufficientBalance' }) }, { name: 'login', stands: envs.map(() => 'live' as const) }]);
  for (const size of [{ columns: 80, rows: 24 }, { columns: 200, rows: 30 }]) console.log(picture(many, firstMonitor, size).join('\n'));
});
