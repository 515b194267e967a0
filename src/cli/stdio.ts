import { startStdio } from '../server/stdio.ts';
import type { Command } from './command.ts';
import { changedResources, createServing, endServing, stopSignal } from './serving.ts';

/** The engines start when the client has its list of tools, or at the first call, whichever comes first. */
const engineDelayMs = 500;

export const stdioCommand: Command = {
  name: 'stdio',
  summary: 'serve one assistant on stdin and stdout',
  async run(context) {
    const serving = createServing(context);
    const { running, parts } = serving;
    const server = startStdio(parts, context.log);
    const timer = setTimeout(() => {
      running.start().then(
        ({ onChange }) => onChange((change) => changedResources(change).forEach(server.resourceUpdated)),
        (error: unknown) => context.log.error('the engines did not start', { error }),
      );
    }, engineDelayMs);
    await Promise.race([server.closed, stopSignal()]);
    clearTimeout(timer);
    await server[Symbol.asyncDispose]();
    await endServing(serving);
    return 0;
  },
};
