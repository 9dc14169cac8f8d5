/** Remedies for failures of the cloud. Meanings of errcodes: docs/cloud-api.md, "Errors". */
import type { Failure, FailureClass } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';

/** Where words are read, since what can be done differs: keys work in the monitor alone. */
export type Place =
  | 'monitor'
  /** Lines, events, `status`: a `push` works next to whatever printed them, and asks the daemon where one is running. */
  | 'lines'
  /** The calls that a person has made for one answer, and can make again: `doctor`, `invoke`. */
  | 'once';

/** The request that failed: what became of it, and what happens next without anybody, differ. */
export type Attempted = 'upload' | 'list' | 'call';

/** The names that a hint may need. */
interface Means {
  readonly place: Place;
  /** How to retry, as a part of a sentence: "press r". */
  readonly again: string;
  /** Where a fresh token goes, as a sentence without its end: "Put a fresh component_access_token in token.txt". */
  readonly token: string;
}

/** A sentence, or one that names the reader's means. */
type Words = string | ((means: Means) => string);

export interface FailureWords {
  /** By errcode, where there is something better to say than the class's words. */
  readonly byCode: Readonly<Record<number, Words>>;
  readonly byClass: Readonly<Record<FailureClass, Words>>;
  readonly notAllowListed: (address: string | null, again: string) => string;
  readonly tooLarge: string;
  readonly unreachable: Words;
  readonly broken: string;
  readonly notTheApi: Words;
  /** In place of the words about an upload, where something else failed. */
  readonly noUpload: Readonly<
    Record<Exclude<Attempted, 'upload'>, { readonly broken: Words; readonly refused: Words }>
  >;
  /** Two answers in a row, and none before, were not the API's. */
  readonly wrongAddress: Words;
  /** In place of our own English message: a size in words. */
  readonly answerTooBig: (size: string, limit: string | null) => string;
  /** In place of our own English message: `fail_list: DEV-1`. */
  readonly strangers: (row: string) => string;
  readonly returnLess: Words;
  readonly deployment: Words;
  readonly noEntry: string;
  readonly installFailed: string;
  readonly createFailed: Words;
  readonly exists: string;
  readonly noToken: string;
  readonly certificate: string;
  readonly unkept: string;
  readonly unexpected: string;
  /** In place of our own English message. */
  readonly noAnswer: (time: string) => string;
  readonly balance: Words;
  /** For errcodes that say that what arrived is not what was sent. */
  readonly garbled: string;
  /** How to retry, by where that is read. */
  readonly again: Readonly<Record<Place, string>>;
}

/** Who asked once asks again; everything else is retried. */
const retriedEn = ({ again, place }: Means): string =>
  place === 'once' ? `Wait a moment, then ${again}.` : 'It is retried automatically.';
const retriedZh = ({ again, place }: Means): string => (place === 'once' ? `请稍后${again}` : '会自动重试');

/** The fate of an upload that the cloud was too busy for. */
export const stillDeploying: Catalogue<string> = {
  en: 'The cloud is still deploying the previous code. The newest content is sent as soon as that is done.',
  'zh-CN': '云端仍在部署上一版代码，完成后立即上传最新内容。',
};

export const failureWords: Catalogue<FailureWords> = {
  en: {
    byCode: {
      45011: ({ again, place }) =>
        `Too many requests. ${place === 'once' ? `Wait a moment, then ${again}.` : 'Lower `requestsPerSecond`; the request is retried automatically.'}`,
      40013: 'The appid is not valid. Check that the token belongs to your third-party platform.',
      40125: 'The app secret is missing or not valid. Check `token.component.appSecret`.',
      48001:
        'The platform lacks the cloud development permission set. Add it, then authorise the mini program again.',
      48004: 'The API or the account is blocked. Look for a notice in the WeChat Open Platform console.',
      61003: 'The mini program has not authorised this platform for this API. Authorise it again.',
      61005: 'The verify ticket has expired or is not valid. Update `token.component.verifyTicket`.',
      61011: 'The appid is missing or not valid. Check `token.component.appId`.',
      85088: ({ again }) =>
        `This mini program has no cloud development. Turn it on in WeChat DevTools → Cloud Development, then ${again}.`,
      40097: 'The cloud rejected an argument. Check the function, its name, and the ids in `envs`.',
    },
    byClass: {
      token: ({ again, place, token }) =>
        place === 'once' ? `${token}, then ${again}.` : `${token}. Uploads then resume automatically.`,
      busy: stillDeploying.en,
      transient: (means) => `A temporary problem in the cloud. ${retriedEn(means)}`,
      quota:
        'The daily quota is used up. It resets at midnight (UTC+8), or with clear_quota (10 times a month).',
      config: ({ again }) => `Fix the configuration or the account, then ${again}.`,
      function: 'Change the function and save; this content is not retried.',
      env: 'Check the environment in the cloud console and in `envs`. It is retried when the configuration changes.',
      missing: 'Create the function in the cloud console, or set `createMissing` to true.',
      unknown: ({ again }) =>
        `The cloud returned an unknown error. It is retried once automatically; if it fails again, change the function and save, or ${again}. Give the rid to WeChat support.`,
    },
    notAllowListed: (address, again) =>
      `Add ${address ?? 'the address of this machine'} to the IP allow list: WeChat Open Platform → third-party platform → development settings. Then ${again}.`,
    tooLarge:
      'The upload is too large for the gateway. Leave out files that the function does not need (`ignore`, .tcbignore).',
    unreachable: ({ place }) =>
      `The cloud cannot be reached. Check the network, the proxy and \`endpoint\`.${place === 'once' ? '' : ' Uploads then resume automatically.'}`,
    broken:
      'No answer came, or the connection broke before it. Whether the upload arrived is not known, so it is sent again.',
    notTheApi: (means) =>
      `The answer came from a gateway or proxy, not from the WeChat API. ${retriedEn(means)}`,
    noUpload: {
      list: {
        broken:
          'No answer came, or the connection broke before it. The environment is asked again automatically.',
        refused:
          'The cloud could not list the functions. It is asked again automatically; if that does not help, give the rid to WeChat support.',
      },
      call: {
        broken: ({ again }) =>
          `No answer came, or the connection broke before it. Whether the call arrived is not known. Check the network, then ${again}.`,
        refused: ({ again }) =>
          `The cloud did not do this. Wait a moment, then ${again}; if that does not help, give the rid to WeChat support.`,
      },
    },
    wrongAddress: ({ again }) =>
      `This address answers, but not as the WeChat API does. Check \`endpoint\`, the proxy, and whether the network wants you to log in; then ${again}.`,
    answerTooBig: (size, limit) =>
      limit === null
        ? `The answer has more than ${size}.`
        : `The answer has ${size}; at most ${limit} are read.`,
    strangers: (row) => `The answer names an environment that was not asked for (${row}).`,
    returnLess: ({ again }) =>
      `The function ran. Let it return less (the cloud allows 6 MB), or put it into storage and return its id; then ${again}.`,
    deployment: ({ again }) =>
      `The cloud could not deploy the code; the previous code still runs. Fix the function and save. If the fault is the cloud’s, ${again}.`,
    noEntry:
      'The cloud found no entry file; the previous code still runs. Add index.js at the top of the function.',
    installFailed:
      'The cloud could not install the dependencies; the previous code still runs. Check package.json.',
    createFailed: ({ again }) =>
      `The cloud could not create the function. Delete it in the cloud console, fix it, then ${again}.`,
    exists: 'The function already exists there. It is updated instead.',
    noToken: 'There is no token to send. Check `token` in the configuration.',
    certificate:
      'The certificate of the endpoint is not trusted. Behind a company proxy, set NODE_EXTRA_CA_CERTS.',
    noAnswer: (time) => `no answer within ${time}`,
    unkept: 'Choose another version: tcb-watch history lists them.',
    unexpected: 'This is a bug in tcb-watch. Please report it with the log file.',
    balance: ({ again }) =>
      `The environment is isolated or its balance is too low. Settle it in the cloud console, then ${again}.`,
    garbled:
      'The request was changed in transit, for example by a proxy. If there is no proxy, please report this.',
    again: { monitor: 'press r', lines: 'run tcb-watch push', once: 'run this again' },
  },
  'zh-CN': {
    byCode: {
      45011: ({ again, place }) =>
        place === 'once'
          ? `请求过于频繁。请稍后${again}。`
          : '请求过于频繁，会自动重试。如果经常出现，请调低 `requestsPerSecond`。',
      40013: 'appid 无效。请确认 token 属于你的第三方平台。',
      40125: 'AppSecret 缺失或无效。请检查 `token.component.appSecret`。',
      48001: '第三方平台缺少云开发权限集。请添加该权限集，再让小程序重新授权。',
      48004: '接口或账号已被封禁。请查看微信开放平台的通知。',
      61003: '小程序未将此接口授权给该第三方平台。请重新授权。',
      61005: 'verify ticket 已过期或无效。请更新 `token.component.verifyTicket`。',
      61011: 'appid 缺失或无效。请检查 `token.component.appId`。',
      85088: ({ again }) => `该小程序未开通云开发。请在微信开发者工具 → 云开发中开通，然后${again}。`,
      40097: '云端拒绝了请求参数。请检查函数、函数名称，以及 `envs` 中的环境 ID。',
    },
    byClass: {
      token: ({ again, place, token }) =>
        place === 'once' ? `${token}，然后${again}。` : `${token}，更新后自动继续上传。`,
      busy: stillDeploying['zh-CN'],
      transient: (means) => `云端出现临时故障，${retriedZh(means)}。`,
      quota: '今日调用额度已用尽。北京时间零点重置，也可调用 clear_quota 重置（每月 10 次）。',
      config: ({ again }) => `请修正配置或账号，然后${again}。`,
      function: '请修改函数后保存；内容不变则不会重试。',
      env: '请在云开发控制台和 `envs` 中检查该环境。修改配置后会自动重试。',
      missing: '请在云开发控制台创建该函数，或把 `createMissing` 设为 true。',
      unknown: ({ again }) =>
        `云端返回了未知错误，会自动重试一次。如果仍然失败，请修改函数后保存，或${again}；联系微信客服时请提供 rid。`,
    },
    notAllowListed: (address, again) =>
      `请把 ${address ?? '本机地址'} 加入 IP 白名单：微信开放平台 → 第三方平台 → 开发资料。然后${again}。`,
    tooLarge: '上传内容超过网关限制。请忽略函数不需要的文件（`ignore`、.tcbignore）。',
    unreachable: ({ place }) =>
      `无法连接云端。请检查网络、代理和 \`endpoint\`。${place === 'once' ? '' : '恢复后自动继续上传。'}`,
    broken: '未收到响应，或连接提前中断。无法确定云端是否收到了代码，因此会重新上传。',
    notTheApi: (means) => `响应来自网关或代理，而非微信接口。${retriedZh(means)}。`,
    noUpload: {
      list: {
        broken: '未收到响应，或连接提前中断。会自动重新查询。',
        refused: '云端未能返回函数列表，会自动重新查询。如果一直如此，请联系微信客服并提供 rid。',
      },
      call: {
        broken: ({ again }) =>
          `未收到响应，或连接提前中断，无法确定云端是否收到了请求。请检查网络，然后${again}。`,
        refused: ({ again }) =>
          `云端未能完成此操作。请稍后${again}；如果仍然失败，请联系微信客服并提供 rid。`,
      },
    },
    wrongAddress: ({ again }) =>
      `该地址有响应，但不是微信接口。请检查 \`endpoint\`、代理，以及网络是否需要登录认证，然后${again}。`,
    answerTooBig: (size, limit) =>
      limit === null ? `响应超过 ${size}。` : `响应为 ${size}，最多读取 ${limit}。`,
    strangers: (row) => `响应包含未请求的环境（${row}）。`,
    returnLess: ({ again }) =>
      `函数已运行。请减少返回内容（云端上限为 6 MB），或存入云存储并返回其 ID，然后${again}。`,
    deployment: ({ again }) =>
      `云端部署失败，旧代码仍在运行。请修正函数后保存；如果是云端的问题，请${again}。`,
    noEntry: '云端找不到入口文件，旧代码仍在运行。请在函数根目录添加 index.js。',
    installFailed: '云端安装依赖失败，旧代码仍在运行。请检查 package.json。',
    createFailed: ({ again }) => `云端创建函数失败。请在云开发控制台删除它，修正后${again}。`,
    exists: '该函数已存在，改为更新。',
    noToken: '没有可用的 token。请检查配置中的 `token`。',
    certificate: '接口的证书不受信任。如果通过公司代理上网，请设置 NODE_EXTRA_CA_CERTS。',
    noAnswer: (time) => `${time}内没有响应`,
    unkept: '请选择其他版本：tcb-watch history 会列出可用的版本。',
    unexpected: '这是 tcb-watch 自身的错误。请附上日志文件反馈给我们。',
    balance: ({ again }) => `该环境已被隔离或余额不足。请在云开发控制台处理，然后${again}。`,
    garbled: '请求在传输途中被修改，可能是代理所致。如果没有使用代理，请反馈给我们。',
    again: { monitor: '按 r 重试', lines: '运行 tcb-watch push', once: '重新运行' },
  },
};

/** The words that fit a failure best. */
export function failureHint(
  failure: Failure,
  words: FailureWords,
  { place, token, attempted }: Pick<Means, 'place' | 'token'> & { readonly attempted: Attempted },
): string {
  const again = words.again[place];
  const found =
    byAttempt(failure, attempted, words) ??
    byOrigin(failure, words) ??
    byText(failure, words) ??
    byCode(failure, words, again) ??
    words.byClass[failure.class];
  return typeof found === 'string' ? found : found({ again, place, token });
}

/** Where no upload failed: the words in place of those that would speak of one. */
function byAttempt(failure: Failure, attempted: Attempted, words: FailureWords): Words | null {
  if (attempted === 'upload') return null;
  const { broken, refused } = words.noUpload[attempted];
  if (failure.origin === 'broken') return broken;
  const isOfUploads = ofUploads.has(failure.class) && failure.origin !== 'unexpected';
  const hasRemedy = byText(failure, words) !== null || byCode(failure, words, '') !== null;
  return isOfUploads && !hasRemedy ? refused : null;
}

/** Classes whose words are about the content that was sent. */
const ofUploads: ReadonlySet<FailureClass> = new Set(['busy', 'function', 'missing', 'unknown']);

function byOrigin(failure: Failure, words: FailureWords): Words | null {
  switch (failure.origin) {
    case 'unreachable':
      return failure.class === 'config' ? words.certificate : words.unreachable;
    case 'broken':
      return words.broken;
    case 'http':
      return byHttp(failure, words);
    case 'deployment':
      return deploymentHint(failure.message, words);
    case 'exists':
      return words.exists;
    case 'token-source':
      return words.noToken;
    case 'history':
      return words.unkept;
    case 'unexpected':
      return words.unexpected;
    case 'answer':
      return null;
    default:
      return failure.origin satisfies never;
  }
}

function byHttp({ class: failureClass }: Failure, words: FailureWords): Words | null {
  if (failureClass === 'function') return words.tooLarge;
  if (failureClass === 'config') return words.wrongAddress;
  return failureClass === 'unknown' ? null : words.notTheApi;
}

function deploymentHint(message: string, words: FailureWords): Words {
  if (message.startsWith('CreateFailed')) return words.createFailed;
  if (message.includes('ResourceNotFound.File')) return words.noEntry;
  return /install|depend/i.test(message) ? words.installFailed : words.deployment;
}

function byText(failure: Failure, words: FailureWords): Words | null {
  if (failure.message.startsWith('ANSWER_TOO_BIG')) return words.returnLess;
  if (/CreateFailed|DeleteFailed/.test(failure.message)) return words.createFailed;
  const isolated = /InsufficientBalance|ISOLATE/i.test(failure.message);
  return isolated ? words.balance : null;
}

/** Codes whose message holds the caller's address, which is what the allow list wants. */
const allowListCodes = new Set([61004, 40164]);
/** Missing parameter, not POST, empty body, no JSON: none of these is ever sent. */
const garbledCodes = new Set([40101, 43002, 44002, 47001]);
const withoutToken = 41001;
/** Also where it is the token that cannot be made: any other of those is for a person to fix. */
const quotaUsedUp = 45009;
/** Codes with one remedy. */
const sameAs: Readonly<Record<number, number>> = {
  41002: 61011,
  50001: 61003,
  50002: 48004,
  41004: 40125,
  61006: 61005,
  61007: 48001,
  [-501007]: 40097,
};

function byCode(failure: Failure, words: FailureWords, again: string): Words | null {
  if (failure.errcode === null) return null;
  if (allowListCodes.has(failure.errcode)) return words.notAllowListed(addressIn(failure.message), again);
  if (garbledCodes.has(failure.errcode)) return words.garbled;
  if (failure.errcode === withoutToken) return words.noToken;
  if (failure.errcode === quotaUsedUp) return words.byClass.quota;
  return words.byCode[sameAs[failure.errcode] ?? failure.errcode] ?? null;
}

function addressIn(message: string): string | null {
  const match = /\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){2,7}[0-9a-f:]{1,20}\b/i.exec(message);
  return match === null ? null : match[0];
}
