import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from './connection.ts';
import { identifyFile } from './file-identity.ts';
import { openFile } from './open-file.ts';
import { createOwnerLock } from './owner-lock.ts';
import { databaseFile, ownerFile, type WorkerCall, type WorkerResults } from './protocol.ts';

const checkMs = 1_000;

/** Answers the calls of the worker's other side; throws what SQLite and the file system throw. Blocks. */
export function createSqliteSession() {
  let open: ReturnType<typeof openDirectory> | undefined;

  let checkedMs = Number.NEGATIVE_INFINITY;

  function current() {
    if (open === undefined) throw new Error('the database is not open');
    if (performance.now() - checkedMs < checkMs) return open;
    // What is written to a file that has no name any more is gone when it is closed.
    if (!open.isSameFile()) throw Object.assign(new Error('the file is another one now'), { code: 'ESTALE' });
    checkedMs = performance.now();
    return open;
  }

  return function run(call: WorkerCall): WorkerResults[WorkerCall['kind']] {
    switch (call.kind) {
      case 'open':
        open = openDirectory(call.dataDir);
        return null;
      case 'execute':
        return current().connection.execute(call.sql, call.parameters);
      case 'scan':
        return current().connection.scan(call.sql, call.parameters);
      case 'scanNumbers':
        return current().connection.scanNumbers(call.sql, call.parameters);
      case 'insertMany':
        current().connection.insertMany(call.sql, call.rows);
        return null;
      case 'dataVersion':
        return current().connection.dataVersion();
      case 'rollback':
        open?.connection.rollback();
        return null;
      case 'own':
        return current().ownerLock.acquire();
      case 'disown':
        current().ownerLock.release();
        return null;
      case 'close':
        open?.ownerLock.release();
        open?.connection.close();
        open = undefined;
        return null;
    }
  };
}

function openDirectory(dataDir: string) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, databaseFile);
  return {
    connection: createConnection(openFile(path)),
    isSameFile: identifyFile(path),
    ownerLock: createOwnerLock(join(dataDir, ownerFile)),
  };
}
