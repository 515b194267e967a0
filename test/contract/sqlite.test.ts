import { openTemporary, temporaryDir } from '../unit/storage/support.ts';
import { databaseContract } from './database.ts';
import { detectorStatesContract } from './detector-states.ts';
import { eventsContract } from './events.ts';
import { forecastRecordsContract } from './forecast-records.ts';
import { historyContract } from './history.ts';
import { liveAnomaliesContract } from './live-anomalies.ts';
import { metricStoreContract } from './metric-store.ts';
import type { NewPlace } from './place.ts';
import { versionsContract } from './versions.ts';

const newPlace: NewPlace = async () => {
  const dataDir = temporaryDir();
  return () => openTemporary(dataDir);
};

databaseContract('SQLite', newPlace);
metricStoreContract('the store of metrics on SQLite', newPlace);
historyContract('history on SQLite', newPlace);
forecastRecordsContract('a forecast on SQLite', newPlace);
liveAnomaliesContract('live anomalies on SQLite', newPlace);
detectorStatesContract('the states of detectors on SQLite', newPlace);
versionsContract('SQLite with two versions of the program', newPlace);
eventsContract('events between processes on SQLite', newPlace);
