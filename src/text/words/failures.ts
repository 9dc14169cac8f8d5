/** What to do about a failure of the cloud. Meanings of errcodes: docs/cloud-api.md, "Errors". */
import type { Failure, FailureClass } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';

/** Where words are read, since what can be done differs: keys work in the monitor alone. */
export type Place =
  | 'monitor'
  /** Lines, events, `status`: a `push` works beside whatever told it, and asks the daemon where one is running. */
  | 'lines'
  /** What a person has called for one answer, and can call again: `doctor`, `invoke`. */
  | 'once';

/** A sentence, or one that says how to try again. */
type Words = string | ((again: string, place: Place) => string);

export interface FailureWords {
  /** By errcode, where there is something better to say than the class's words. */
  readonly byCode: Readonly<Record<number, Words>>;
  readonly byClass: Readonly<Record<FailureClass, Words>>;
  readonly notAllowListed: (address: string | null, again: string) => string;
  readonly tooLarge: string;
  readonly unreachable: Words;
  readonly broken: string;
  readonly notTheApi: string;
  readonly deployment: Words;
  readonly noEntry: string;
  readonly installFailed: string;
  readonly createFailed: Words;
  readonly exists: string;
  readonly noToken: string;
  readonly certificate: string;
  readonly unexpected: string;
  /** In place of our own English, by `String.replace`: `$1` is the time. */
  readonly noAnswer: string;
  readonly balance: Words;
  /** For errcodes that say that what arrived is not what was sent. */
  readonly garbled: string;
  /** How it is tried again, by where that is read. */
  readonly again: Readonly<Record<Place, string>>;
}

export const failureWords: Catalogue<FailureWords> = {
  en: {
    byCode: {
      45011: 'Too many requests. Lower `requestsPerSecond`; it is tried again by itself.',
      40013: 'The appid is not valid. Check that the token belongs to your third-party platform.',
      40125: 'The app secret is missing or not valid. Check `token.component.appSecret`.',
      48001: 'The platform lacks the permission set of cloud development. Have it added and authorise again.',
      48004: 'The API or the account is blocked. Look for a notice in the WeChat Open Platform console.',
      61003: 'The mini program has not authorised this platform for this API. Authorise it again.',
      61005:
        'The verify ticket has expired or is not valid. Give a fresh one to `token.component.verifyTicket`.',
      61011: 'The appid is missing or not valid. Check `token.component.appId`.',
      85088: (again) =>
        `This app has no cloud development. Open it in WeChat DevTools → Cloud Development, then ${again}.`,
      40097: 'The cloud found an argument invalid. Check the function, its name, and the ids in `envs`.',
    },
    byClass: {
      token: (again, place) =>
        `Put a fresh component_access_token where \`token\` reads it. ${place === 'once' ? `Then ${again}.` : 'Uploads go on by themselves then.'}`,
      busy: 'The cloud still deploys the code before. Then it is sent again, newest content only.',
      transient: (again, place) =>
        `Passing trouble in the cloud. ${place === 'once' ? `Wait a little, then ${again}.` : 'It is tried again by itself.'}`,
      quota:
        'The daily quota is used up. It is reset at midnight (UTC+8), or by clear_quota (10 times a month).',
      config: (again) => `Mend the configuration or the account, then ${again}.`,
      function: 'Change the function. The same content is not sent again.',
      env: 'Check the environment in the cloud console and in `envs`. A new configuration tries it again.',
      missing: 'Create the function in the console, or set `createMissing` to true.',
      unknown: (again) =>
        `The cloud said something undocumented. After two tries change the function or ${again}. Support asks for the rid.`,
    },
    notAllowListed: (address, again) =>
      `Add ${address ?? 'this machine’s address'} to the IP allow list: WeChat Open Platform → third-party platform → development settings. Then ${again}.`,
    tooLarge: 'The upload is too large for the gateway. Make it smaller: ignore files it does not need.',
    unreachable: (_, place) =>
      `The cloud cannot be reached. Check the network, the proxy and \`endpoint\`.${place === 'once' ? '' : ' It goes on by itself.'}`,
    broken:
      'No answer came, or the connection broke before it. Nobody knows whether the upload arrived, so it is sent again.',
    notTheApi: 'A gateway or proxy answered, not the API. It is tried again by itself.',
    deployment: (again) =>
      `The cloud could not deploy the code. The old code still runs. Mend the function and save; where it was the cloud’s fault, ${again}.`,
    noEntry:
      'The cloud found no entry file. Put index.js at the top of the function. The old code still runs.',
    installFailed:
      'The cloud could not install the dependencies. Check package.json. The old code still runs.',
    createFailed: (again) =>
      `The cloud could not create the function. Delete it in the console, mend it, then ${again}.`,
    exists: 'The function exists there already. It is updated instead.',
    noToken: 'There is no token to send. Check `token` in the configuration.',
    certificate:
      'The certificate of the endpoint is not trusted. Behind a company proxy, set NODE_EXTRA_CA_CERTS.',
    noAnswer: 'no answer within $1',
    unexpected: 'This is a bug in tcb-watch. Please report it with the log file.',
    balance: (again) =>
      `The environment is isolated or its balance is too low. Settle it in the cloud console, then ${again}.`,
    garbled: 'The request did not arrive as it was sent. If no proxy changes it, please report this.',
    again: { monitor: 'press r', lines: 'run tcb-watch push', once: 'run this again' },
  },
  'zh-CN': {
    byCode: {
      45011: '请求过于频繁。请调低 `requestsPerSecond`；稍后会自动重试。',
      40013: 'appid 无效。请确认 token 属于你的第三方平台。',
      40125: '缺少 AppSecret 或其无效。请检查 `token.component.appSecret`。',
      48001: '平台缺少云开发权限集。请添加后重新授权。',
      48004: '此接口或账号已被封禁。请查看微信开放平台的通知。',
      61003: '小程序未授权此接口给该第三方平台。请重新授权。',
      61005: 'verify ticket 已过期或无效。请更新 `token.component.verifyTicket`。',
      61011: '缺少 appid 或其无效。请检查 `token.component.appId`。',
      85088: (again) => `该小程序未开通云开发。请在微信开发者工具 → 云开发中开通，然后${again}。`,
      40097: '云端认为参数无效。请检查函数的名称和内容，以及 `envs` 中的环境 ID。',
    },
    byClass: {
      token: (again, place) =>
        `请把新的 component_access_token 放到 \`token\` 读取的位置，${place === 'once' ? `然后${again}` : '之后会自动继续上传'}。`,
      busy: '云端还在部署上一份代码。完成后只发送最新内容。',
      transient: (again, place) => `云端暂时有问题，${place === 'once' ? `请稍后${again}` : '会自动重试'}。`,
      quota: '当日调用额度已用完。零点（UTC+8）重置，或调用 clear_quota（每月 10 次）。',
      config: (again) => `请修正配置或账号，然后${again}。`,
      function: '请修改函数。相同内容不会再次发送。',
      env: '请在云控制台和 `envs` 中检查该环境。配置变化后会重试。',
      missing: '请在控制台创建该函数，或把 `createMissing` 设为 true。',
      unknown: (again) => `云端返回了文档之外的内容。两次尝试后请修改函数或${again}。联系客服时请提供 rid。`,
    },
    notAllowListed: (address, again) =>
      `请把 ${address ?? '本机地址'} 加入 IP 白名单：微信开放平台 → 第三方平台 → 开发资料。然后${again}。`,
    tooLarge: '上传内容超过网关限制。请减小函数：忽略不需要的文件。',
    unreachable: (_, place) =>
      `无法连接云端。请检查网络、代理和 \`endpoint\`。${place === 'once' ? '' : '恢复后会自动继续。'}`,
    broken: '没有收到应答，或连接在应答之前中断。无法确定是否送达，因此会再次发送。',
    notTheApi: '应答的是网关或代理，不是接口。会自动重试。',
    deployment: (again) => `云端部署失败。旧代码仍在运行。请修正函数并保存；若是云端的问题，请${again}。`,
    noEntry: '云端找不到入口文件。请在函数根目录放置 index.js。旧代码仍在运行。',
    installFailed: '云端安装依赖失败。请检查 package.json。旧代码仍在运行。',
    createFailed: (again) => `云端创建函数失败。请在控制台删除它，修正后${again}。`,
    exists: '该函数已存在，改为更新。',
    noToken: '没有可发送的 token。请检查配置中的 `token`。',
    certificate: '接口的证书不受信任。在公司代理之后请设置 NODE_EXTRA_CA_CERTS。',
    noAnswer: '$1 内没有应答',
    unexpected: '这是 tcb-watch 的缺陷。请附上日志文件反馈。',
    balance: (again) => `该环境已被隔离或余额不足。请在云控制台处理，然后${again}。`,
    garbled: '请求在途中被改动，例如被代理。若没有代理，请反馈。',
    again: { monitor: '按 r', lines: '运行 tcb-watch push', once: '重新运行' },
  },
};

/** The words that fit a failure best. */
export function failureHint(failure: Failure, words: FailureWords, place: Place): string {
  const again = words.again[place];
  const found =
    byOrigin(failure, words) ??
    byText(failure, words) ??
    byCode(failure, words, again) ??
    words.byClass[failure.class];
  return typeof found === 'string' ? found : found(again, place);
}

function byOrigin(failure: Failure, words: FailureWords): Words | null {
  switch (failure.origin) {
    case 'unreachable':
      return failure.class === 'config' ? words.certificate : words.unreachable;
    case 'broken':
      return words.broken;
    case 'http':
      return failure.class === 'function' ? words.tooLarge : words.notTheApi;
    case 'deployment':
      return deploymentHint(failure.message, words);
    case 'exists':
      return words.exists;
    case 'token-source':
      return words.noToken;
    case 'unexpected':
      return words.unexpected;
    case 'answer':
      return null;
    default:
      return failure.origin satisfies never;
  }
}

function deploymentHint(message: string, words: FailureWords): Words {
  if (message.startsWith('CreateFailed')) return words.createFailed;
  if (message.includes('ResourceNotFound.File')) return words.noEntry;
  return /install|depend/i.test(message) ? words.installFailed : words.deployment;
}

function byText(failure: Failure, words: FailureWords): Words | null {
  const isolated = /InsufficientBalance|ISOLATE/i.test(failure.message);
  return isolated ? words.balance : null;
}

/** Codes whose message holds the caller's address, which is what the allow list wants. */
const allowListCodes = new Set([61004, 40164]);
/** Missing parameter, not POST, empty body, no JSON: none of these is ever sent. */
const garbledCodes = new Set([40101, 43002, 44002, 47001]);
const withoutToken = 41001;
/** Also where it is the token that cannot be made: any other of those is for a person to mend. */
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
