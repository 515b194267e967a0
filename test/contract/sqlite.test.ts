import { openTemporary, temporaryDir } from '../unit/storage/support.ts';
import { databaseContract } from './database.ts';
import { historyContract } from './history.ts';
import { metricStoreContract } from './metric-store.ts';
import type { NewPlace } from './place.ts';

const newPlace: NewPlace = async () => {
  const dataDir = temporaryDir();
  return () => openTemporary(dataDir);
};

databaseContract('SQLite', async () => (await newPlace())());
metricStoreContract('the store of metrics on SQLite', newPlace);
historyContract('history on SQLite', newPlace);
