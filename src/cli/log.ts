/** The log file of a run, beside whatever it shows. */

import type { Config } from '../config/model.js';
import { stateFolderOf } from '../state/folder.js';
import { createLogFile } from '../state/log.js';
import { noticeFact } from '../text/notices.js';
import { plainRenderer, type Renderer } from '../text/stream.js';
import type { Context } from './context.js';

/** The same renderer, which writes every fact to `.tcb-watch/log` too. Facts hold no secrets when they come here. */
export function withLog(render: Renderer, config: Config, context: Context): Renderer {
  const log = createLogFile({
    folder: stateFolderOf(config),
    onTrouble: (code) => render(noticeFact('log-unwritable', code, context.language), Date.now()),
  });
  context.atEnd?.(log.flush);
  const write = plainRenderer(log.write, {
    language: context.language,
    color: false,
    ascii: false,
    timestamps: true,
    dates: true,
  });
  return (fact, at) => {
    write(fact, at);
    render(fact, at);
  };
}
