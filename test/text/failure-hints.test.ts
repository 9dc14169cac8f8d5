/** The remedy that is shown for each errcode, each text of an environment, and each kind of breakdown. */
import { describe, expect, it } from 'vitest';
import { classifyEnvMessage, errcodeTable, messageTable } from '../../src/cloud/classify.js';
import type { Failure, FailureClass } from '../../src/model/nouns.js';
import { describeFailure } from '../../src/text/describe.js';
import type { Language } from '../../src/text/language.js';
import { failure } from '../core/make.js';

const languages: readonly Language[] = ['en', 'zh-CN'];

/** Every errcode of docs/cloud-api.md by hand: what its hint must name, in both languages. */
const remedies: readonly (readonly [string, FailureClass, RegExp])[] = [
  [
    '40001 40014 42001',
    'token',
    /(component_access_token.*`token`|`token`.*component_access_token).*(resume automatically|自动继续上传)/,
  ],
  ['45009', 'quota', /clear_quota/],
  ['61004 40164', 'config', /203\.0\.113\.7.*(allow list|白名单).*(Open Platform|开放平台).*tcb-watch push/],
  ['40013', 'config', /appid/],
  ['40125', 'config', /`token\.component\.appSecret`/],
  ['41001', 'config', /`token`/],
  ['41002', 'config', /`token\.component\.appId`/],
  ['41004', 'config', /`token\.component\.appSecret`/],
  ['61003', 'config', /authorised|授权/],
  ['61005 61006', 'config', /`token\.component\.verifyTicket`/],
  ['61007', 'config', /cloud development|云开发/],
  ['61011', 'config', /`token\.component\.appId`/],
  ['48001', 'config', /permission|权限/],
  ['48004', 'config', /Open Platform|开放平台/],
  ['50001', 'config', /uthorise|授权/],
  ['50002', 'config', /Open Platform|开放平台/],
  ['85088', 'config', /(DevTools|开发者工具).*tcb-watch push/],
  ['45011', 'transient', /`requestsPerSecond`/],
  [
    '-1 -1000 -501001 -501002 -501003 -501004 -601001 -601003 -604102',
    'transient',
    /retried automatically|自动重试/,
  ],
  ['40097', 'function', /`envs`/],
  ['40101 43002 44002 47001', 'function', /proxy|代理/],
  ['-501007', 'function', /name|名称/],
  ['-501020', 'function', /Change the function|修改函数/],
];

describe.each(languages)('what to do, in %s', (language) => {
  const rows = remedies.flatMap(([codes, kind, expected]) =>
    codes.split(' ').map((code) => [Number(code), kind, expected] as const),
  );
  it.each(rows)('about %i', (errcode, kind, expected) => {
    const message = 'invalid ip 203.0.113.7, not in whitelist';
    expect(describeFailure(failure({ class: kind, errcode, message }), { language, place: 'lines' })).toMatch(
      expected,
    );
  });

  it('about every errcode that has a class', () => {
    const all = Object.values(errcodeTable).flat();
    expect(rows.map(([errcode]) => errcode).toSorted()).toEqual(all.toSorted());
  });
});

/** Every text of docs/cloud-api.md by hand, as an environment may give it. */
const texts: readonly (readonly [string, RegExp])[] = [
  ['当前函数处于', /newest content is sent|上传最新内容/],
  ['FunctionStatusError', /newest content is sent|上传最新内容/],
  ['FunctionNameStatusError', /newest content is sent|上传最新内容/],
  ['OperationConflict', /newest content is sent|上传最新内容/],
  ['FailedOperation.UpdateFunctionCode', /newest content is sent|上传最新内容/],
  ['CreateFailed', /(Delete it|删除它).*tcb-watch push/],
  ['DeleteFailed', /(Delete it|删除它).*tcb-watch push/],
  ['当前函数状态', /newest content is sent|上传最新内容/],
  ['FailedOperation.UpdateFunctionConfiguration', /newest content is sent|上传最新内容/],
  ['Updating', /newest content is sent|上传最新内容/],
  ['Creating', /newest content is sent|上传最新内容/],
  ['请稍后重试', /newest content is sent|上传最新内容/],
  ['RequestLimitExceeded', /retried automatically|自动重试/],
  ['LimitExceeded.Request', /retried automatically|自动重试/],
  ['frequency', /retried automatically|自动重试/],
  ['InternalError', /retried automatically|自动重试/],
  ['system error', /retried automatically|自动重试/],
  ['timeout', /retried automatically|自动重试/],
  ['ResourceNotFound.Function', /console.*`createMissing`|控制台.*`createMissing`/],
  ['函数不存在', /console.*`createMissing`|控制台.*`createMissing`/],
  ['FunctionName parameter could not be found', /console.*`createMissing`|控制台.*`createMissing`/],
  ['ResourceInUse.Function', /updated instead|改为更新/],
  ['ResourceNotFound.Namespace', /console.*`envs`|控制台.*`envs`/],
  ["can't find the env", /console.*`envs`|控制台.*`envs`/],
  ['env not exists', /console.*`envs`|控制台.*`envs`/],
  ['Environment invalid', /console.*`envs`|控制台.*`envs`/],
  ['Environment not found', /console.*`envs`|控制台.*`envs`/],
  ['UnauthorizedOperation', /console.*`envs`|控制台.*`envs`/],
  ['CodeSecret', /console.*`envs`|控制台.*`envs`/],
  ['InsufficientBalance', /(balance|余额).*tcb-watch push/],
  ['ISOLATE', /(balance|余额).*tcb-watch push/],
  ['ZipFile', /Change the function|修改函数/],
  ['base64', /Change the function|修改函数/],
  ['InvalidParameterValue.Code', /Change the function|修改函数/],
];

const deployment: Partial<Failure> = { class: 'function', origin: 'deployment' };

/** A failure that has neither an errcode nor a text of its own. */
const breakdowns: readonly (readonly [string, Partial<Failure>, RegExp])[] = [
  ['no connection', { origin: 'unreachable' }, /proxy.*`endpoint`|代理.*`endpoint`/],
  ['a certificate', { class: 'config', origin: 'unreachable' }, /NODE_EXTRA_CA_CERTS/],
  ['a broken connection', { origin: 'broken' }, /sent again|重新上传/],
  ['a gateway', { origin: 'http', httpStatus: 502 }, /from a gateway or proxy|网关或代理/],
  ['too large for a gateway', { class: 'function', origin: 'http', httpStatus: 413 }, /`ignore`/],
  [
    'an address of something else',
    { class: 'config', origin: 'http', httpStatus: 404 },
    /`endpoint`.*tcb-watch push/,
  ],
  ['an answer that names strangers', { class: 'unknown', origin: 'http' }, /(rid.*)?tcb-watch push(.*rid)?/],
  ['too long a result', { class: 'function', origin: 'answer', message: 'ANSWER_TOO_BIG: x' }, /6 MB/],
  ['a deployment', { ...deployment, message: 'UpdateFailed: x' }, /Fix the function|修正函数/],
  ['no entry', { ...deployment, message: 'UpdateFailed: ResourceNotFound.File' }, /index\.js/],
  ['an installation', { ...deployment, message: 'UpdateFailed: npm install failed' }, /package\.json/],
  ['dependencies', { ...deployment, message: 'UpdateFailed: Dependency x' }, /package\.json/],
  ['a creation', { ...deployment, message: 'CreateFailed: x' }, /(Delete it|删除它).*tcb-watch push/],
  ['no token', { class: 'token', origin: 'token-source' }, /`token`/],
  ['a bug', { class: 'unknown', origin: 'unexpected' }, /log file|日志文件/],
  ['a refused account', { class: 'config' }, /(account|账号).*tcb-watch push/],
  ['what nobody has documented', { class: 'unknown' }, /(rid.*)?tcb-watch push(.*rid)?/],
];

describe.each(languages)('what to do, in %s', (language) => {
  const hint = (each: Failure): string => describeFailure(each, { language, place: 'lines' });

  it.each(texts)('where an environment says %s', (text, expected) => {
    expect(hint(classifyEnvMessage(`[${text}] and more`))).toMatch(expected);
  });

  it('where an environment says any text that has a row', () => {
    const rows = messageTable.map(({ parts }) => parts.join(' '));
    expect(texts.map(([text]) => text).toSorted()).toEqual(rows.toSorted());
  });

  it.each(breakdowns)('about %s', (_, over, expected) => {
    expect(hint(failure({ errcode: null, message: 'x', ...over }))).toMatch(expected);
  });

  it.each<readonly [string, Partial<Failure>]>([
    ['a broken connection', { class: 'transient', origin: 'broken' }],
    ['a busy cloud', { class: 'busy' }],
    ['a refused content', { class: 'function', errcode: -501_020 }],
    ['a page that says too large', { class: 'function', origin: 'http', httpStatus: 413 }],
    ['a missing function', { class: 'missing' }],
    ['what nobody has documented', { class: 'unknown' }],
    ['a gateway', { class: 'transient', origin: 'http', httpStatus: 502 }],
    ['too many requests', { class: 'transient', errcode: 45_011 }],
    ['what passes', { class: 'transient', errcode: -1 }],
  ])('speaks of no upload where none failed: %s', (_, over) => {
    const failed = failure({ errcode: null, message: 'x', ...over });
    const ofList = describeFailure(failed, { language, place: 'lines' }, 'list');
    const ofCall = describeFailure(failed, { language, place: 'once' });
    const uploads = /upload|sent (again|as soon)|newest content|save|content|上传|代码|保存|修改/;
    expect([ofList, ofCall].filter((text) => uploads.test(text))).toEqual([]);
    // Lists are repeated without an end; a call is repeated by whoever made it.
    expect(ofList).toMatch(/automatically|自动/);
    expect(ofList).not.toMatch(/tcb-watch push/);
    expect(ofCall).toMatch(/run this again|重新运行/);
    expect(ofCall).not.toMatch(/automatically|自动/);
  });

  it('keeps a remedy that is true of whatever failed', () => {
    const argument = failure({ class: 'function', errcode: 40_097 });
    expect(describeFailure(argument, { language, place: 'lines' }, 'list')).toBe(hint(argument));
    const isolated = failure({ class: 'env', errcode: null, message: 'ISOLATE' });
    expect(describeFailure(isolated, { language, place: 'lines' }, 'list')).toBe(hint(isolated));
  });

  it('promises nothing where the program has ended by then', () => {
    const passing = [{ class: 'token' }, { class: 'transient' }, { origin: 'unreachable' }] as const;
    for (const over of passing) {
      const hints = (['once', 'lines'] as const).map((place) =>
        describeFailure(failure({ errcode: null, ...over }), { language, place }),
      );
      expect(hints[0]).not.toMatch(/automatically|自动/);
      expect(hints[1]).toMatch(/automatically|自动/);
    }
  });

  it('shows an address of IPv6, too', () => {
    const refused = failure({ class: 'config', errcode: 40_164, message: 'invalid ip 2001:db8::1 ipv6' });
    expect(hint(refused)).toContain('2001:db8::1');
  });
});
