import { openTestDatabase } from '../support/open-test-database.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';
import { databaseContract } from './database.ts';
import { detectorStatesContract } from './detector-states.ts';
import { eventsContract } from './events.ts';
import { forecastRecordsContract } from './forecast-records.ts';
import { historyContract } from './history.ts';
import { liveAnomaliesContract } from './live-anomalies.ts';
import { metricStoreContract } from './metric-store.ts';
import type { NewPlace } from './place.ts';
import { versionsContract } from './versions.ts';

const cluster = postgresForTests();

const newPlace: NewPlace = async () => {
  const url = await cluster().createSchema();
  return () => openTestDatabase(url);
};

databaseContract('PostgreSQL', newPlace);
metricStoreContract('the store of metrics on PostgreSQL', newPlace);
historyContract('history on PostgreSQL', newPlace);
forecastRecordsContract('a forecast on PostgreSQL', newPlace);
liveAnomaliesContract('live anomalies on PostgreSQL', newPlace);
detectorStatesContract('the states of detectors on PostgreSQL', newPlace);
versionsContract('PostgreSQL with two versions of the program', newPlace);
eventsContract('events between processes on PostgreSQL', newPlace);
