/** The words of `invoke`. */
import type { Catalogue } from '../language.js';

export interface InvokeWords {
  readonly manyEnvs: (envs: string) => string;
  readonly notJson: (problem: string) => string;
  readonly answered: (ms: number) => string;
  readonly failed: (name: string, env: string, text: string) => string;
  readonly threw: (name: string, env: string, text: string) => string;
  readonly threwHint: string;
  readonly unknownHint: string;
  readonly envUnknownHint: string;
  readonly allowProtected: (name: string, env: string) => string;
  readonly needsYes: (name: string, env: string) => string;
  readonly notCalled: (name: string, env: string) => string;
  /** The call waits for a debugger. */
  readonly waitsForDebugger: (port: number) => string;
  readonly cannotInspect: (port: number, why: string) => string;
  readonly inspectsEmulatorOnly: string;
}

export const invokeWords: Catalogue<InvokeWords> = {
  en: {
    manyEnvs: (envs) => `Which environment? There are ${envs}. Choose one with --env-id.`,
    notJson: (problem) =>
      `The event is not JSON (${problem}). Give an object such as '{"a":1}', or - for stdin.`,
    answered: (ms) => `answered in ${ms} ms`,
    failed: (name, env, text) => `${name} in ${env} could not be called: ${text}`,
    threw: (name, env, text) => `${name} in ${env} was called and failed: ${text}`,
    threwHint: 'Look at its output above, fix the code and save.',
    unknownHint: 'Check the name, or upload the function with tcb-watch push.',
    envUnknownHint: 'Compare --env-id and `envs` with the cloud console.',
    allowProtected: (name, env) => `Call ${name} in the protected environment ${env}? [y/N] `,
    needsYes: (name, env) =>
      `${env} is a protected environment, so ${name} was not called. Add --yes to call it there.`,
    notCalled: (name, env) => `${name} in ${env} was not called.`,
    waitsForDebugger: (port) => `The call waits for a debugger at 127.0.0.1:${port}. Ctrl-C ends it.`,
    cannotInspect: (port, why) =>
      `The debugger’s port ${port} cannot be used (${why}). Choose another one with --inspect.`,
    inspectsEmulatorOnly: '--inspect needs the emulator. Add --endpoint emulator.',
  },
  'zh-CN': {
    manyEnvs: (envs) => `调用哪个环境？已配置 ${envs}。请用 --env-id 选择一个。`,
    notJson: (problem) => `事件不是 JSON（${problem}）。请给出 '{"a":1}' 这样的对象，或用 - 从标准输入读取。`,
    answered: (ms) => `响应用时 ${ms} 毫秒`,
    failed: (name, env, text) => `无法调用 ${env} 的 ${name}：${text}`,
    threw: (name, env, text) => `调用 ${env} 的 ${name} 时出错：${text}`,
    threwHint: '请查看上面的输出，修正代码后保存。',
    unknownHint: '请检查名称，或用 tcb-watch push 上传该函数。',
    envUnknownHint: '请对照云开发控制台检查 --env-id 和 `envs`。',
    allowProtected: (name, env) => `在受保护的环境 ${env} 中调用 ${name}？[y/N] `,
    needsYes: (name, env) => `${env} 是受保护的环境，因此未调用 ${name}。如需调用，请加上 --yes。`,
    notCalled: (name, env) => `未调用 ${env} 的 ${name}。`,
    waitsForDebugger: (port) => `正在 127.0.0.1:${port} 等待调试器连接。按 Ctrl-C 结束。`,
    cannotInspect: (port, why) => `无法使用调试端口 ${port}（${why}）。请用 --inspect 换一个端口。`,
    inspectsEmulatorOnly: '--inspect 只能用于模拟器。请加上 --endpoint emulator。',
  },
};
