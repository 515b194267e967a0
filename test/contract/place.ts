import type { Database } from '../../src/storage/database.ts';

/** Opens a database, one more connection each time, as another process would; closed after the test. */
export type Place = () => Promise<Database>;

/** An empty database. */
export type NewPlace = () => Promise<Place>;
