import { type ErrorCode, OpenManagerError } from '../../core/errors.ts';

/** It comes from the environment, a configuration file or a flag. */
const databaseUrl = 'the database URL';
const unreachable =
  `PostgreSQL cannot be reached, or ended the connection. Check that it runs and that ${databaseUrl} names its host and ` +
  'port; the call can be tried again.';

/** By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html); the first that matches counts. */
const byState: readonly (readonly [state: RegExp, code: ErrorCode, message: string])[] = [
  [
    /^53100$/,
    'storage_full',
    'The disk of the PostgreSQL server is full. Free some space there; what was stored before is intact.',
  ],
  [
    /^53300$/,
    'unavailable',
    'PostgreSQL has too many connections (max_connections). End some, raise the limit, or try again later; OpenManager takes at most five.',
  ],
  [/^53/, 'unavailable', 'The PostgreSQL server is out of memory or another resource. Try again later.'],
  [
    /^25006$/,
    'storage_read_only',
    `PostgreSQL only lets this connection read: it is a standby, or default_transaction_read_only is on. Name the primary in ${databaseUrl}, or let its user write.`,
  ],
  [
    /^42501$/,
    'storage_read_only',
    `The PostgreSQL user of ${databaseUrl} lacks a right. It needs CONNECT on the database, USAGE and CREATE on the schema, and to own OpenManager's tables there.`,
  ],
  [
    /^3F000$/,
    'storage_read_only',
    `PostgreSQL has no schema to put the tables into. Create the one that the search_path of the user of ${databaseUrl} names, and grant USAGE and CREATE on it.`,
  ],
  [
    /^28/,
    'unavailable',
    `PostgreSQL refused the login. Check the user and the password in ${databaseUrl}, and that pg_hba.conf admits this machine.`,
  ],
  [/^3D000$/, 'unavailable', `The database that ${databaseUrl} names does not exist. Create it, or name another.`],
  [/^(57014|25P03|57P05)$/, 'timeout', 'PostgreSQL took too long. Ask for less at once, or try again later.'],
  [/^(08|57)/, 'unavailable', unreachable],
  [/^55P03$/, 'unavailable', 'The database is busy: another process has been writing for seconds. Try again.'],
  [/^40/, 'conflict', 'Another change came in between. Try again.'],
  [/^23/, 'conflict', 'The change contradicts what is already stored.'],
  [
    /^(22003|22021|22P05|54000)$/,
    'invalid_argument',
    'A value cannot be stored: a number out of range, or text that is too long, has a NUL character or does not fit the encoding of the database.',
  ],
  [
    /^XX00[12]$/,
    'storage_corrupt',
    'PostgreSQL reports damaged data. Restore the database from a backup; nothing was changed.',
  ],
  [/^58/, 'unavailable', 'The PostgreSQL server could not read or write its files. Check its disk and its log.'],
];

const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

/** What pg said as one of our errors; its words stay in `cause`, as they may name hosts, users and values. */
export function postgresError(thrown: unknown): OpenManagerError {
  if (thrown instanceof OpenManagerError) return thrown;
  const [code, message] = describe(thrown);
  return new OpenManagerError(code, message, { cause: thrown });
}

/** Whether the connection goes on after an error: the server refused a statement, and did not say goodbye. */
export function connectionSurvives(error: unknown): boolean {
  const state = stateOf(error);
  return state !== undefined && !/^(57P|08|25P03)/.test(state);
}

function describe(thrown: unknown): readonly [ErrorCode, string] {
  const state = stateOf(thrown);
  if (state !== undefined) {
    const known = byState.find(([pattern]) => pattern.test(state));
    if (known) return [known[1], known[2]];
    return ['internal', 'The database refused a statement; the log on stderr has the details.'];
  }
  if (!(thrown instanceof Error) || thrown instanceof TypeError || thrown instanceof RangeError)
    return ['internal', 'Something failed on the way to the database; the log on stderr has the details.'];
  const { code = '' } = thrown as NodeJS.ErrnoException;
  if (thrown.message === 'Query read timeout')
    return ['timeout', 'PostgreSQL does not answer. Check the server and the network, or try again later.'];
  if (thrown.message === 'timeout exceeded when trying to connect')
    return ['unavailable', 'All connections to PostgreSQL have been busy for seconds. Try again.'];
  if (tlsCodes.test(code) || /\bSSL\b/.test(thrown.message))
    return [
      'unavailable',
      `No encrypted connection to PostgreSQL came about. Check sslmode and sslrootcert in ${databaseUrl}, and the server's certificate.`,
    ];
  if (/^(SASL|Password must)/.test(thrown.message))
    return ['unavailable', `PostgreSQL asks for a password and got none, or a wrong one. Check ${databaseUrl}.`];
  return ['unavailable', unreachable];
}

/** The SQLSTATE, of errors that the server sent: Node's codes can look the same, as EPIPE does. */
function stateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
