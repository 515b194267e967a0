import { openTemporary } from '../unit/storage/support.ts';
import { databaseContract } from './database.ts';

databaseContract('SQLite', () => openTemporary());
