/** The words of `mcp` for a person. Its words for agents are the protocol's, and in English. */
import type { Catalogue } from '../language.js';

export interface McpWords {
  /** The library that speaks the protocol is not installed. */
  readonly missing: (command: string) => string;
}

export const mcpWords: Catalogue<McpWords> = {
  en: { missing: (command) => `mcp needs a library that is not installed. Run: ${command}` },
  'zh-CN': { missing: (command) => `mcp 需要的库尚未安装。请运行：${command}` },
};
