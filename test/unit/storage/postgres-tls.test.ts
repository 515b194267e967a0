import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openTestDatabase } from '../../support/open-test-database.ts';
import { serverAccount, startPostgres } from '../../support/postgres-cluster.ts';
import { temporaryDir } from '../../support/temporary-dir.ts';

vi.setConfig({ testTimeout: 60_000 });

/** An authority, and a certificate of it for 127.0.0.1; false where the tool that makes them is missing. */
function makeCertificates(folder: string): boolean {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const fresh = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const address = ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:false'];
  try {
    openssl(...fresh, '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
    openssl(...fresh, '-subj', '/CN=another', '-keyout', 'other.key', '-out', 'other.crt');
    openssl(
      ...fresh,
      '-subj',
      '/CN=db',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      ...address,
      '-keyout',
      'db.key',
      '-out',
      'db.crt',
    );
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && process.env.CI_REQUIRE_SERVICES !== '1') return false;
    throw error;
  }
}

test('a connection is encrypted, to a server that its authority vouches for and no other', async ({ skip }) => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  skip(!makeCertificates(dir.path), 'openssl is not installed');
  const { uid, gid } = serverAccount();
  chmodSync(dir.path, 0o755);
  chmodSync(join(dir.path, 'db.key'), 0o600);
  if (uid !== undefined) chownSync(join(dir.path, 'db.key'), uid, gid ?? uid);
  const file = (name: string) => join(dir.path, name);
  const settings = ['ssl = on', `ssl_cert_file = '${file('db.crt')}'`, `ssl_key_file = '${file('db.key')}'`];
  await using cluster = await startPostgres({ settings });
  const url = await cluster.createDatabase();
  const trusting = (authority: string) =>
    `${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(file(authority))}`;

  const database = await openTestDatabase(trusting('ca.crt'));
  const { rows } = await sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(
    database.db,
  );
  expect(rows).toEqual([{ ssl: true }]);
  expect(await database.ownership('maintain').tryAcquire()).toBe(true);

  const refused = openTestDatabase(trusting('other.crt'));
  await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
  await expect(refused).rejects.toThrow(/certificate/);
});
