import { OpenManagerError } from '../core/errors.ts';
import { openAccessToken } from '../security/access-token.ts';
import type { Command } from './command.ts';

export const tokenCommand: Command = {
  name: 'token',
  usage: 'show',
  summary: 'print the bearer token of serve',
  async run({ config, commandLine, print }) {
    const [, action] = commandLine.words;
    if (action !== 'show') throw new OpenManagerError('invalid_configuration', 'Use "openmanager token show".');
    print(openAccessToken(config.dataDir).value.reveal());
    return 0;
  },
};
