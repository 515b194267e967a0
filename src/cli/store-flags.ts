import type { CommandOption } from './command.ts';

type Flags = Readonly<Record<string, CommandOption>>;

export const backupFlags: Flags = {
  force: { description: 'replace FILE when it is there already' },
};

export const restoreFlags: Flags = {
  force: {
    description: 'replace the database in the data folder, not one in PostgreSQL; the old one is kept beside it',
  },
};

export const migrateStoreFlags: Flags = {
  to: {
    description: 'an empty PostgreSQL database; default: OPENMANAGER_DATABASE_URL, which others cannot read',
    value: 'URL',
  },
};
