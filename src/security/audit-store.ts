import { type Kysely, type RawBuilder, sql } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Database, DatabaseKind } from '../storage/database.ts';
import type { AuditTable, Schema } from '../storage/schema.ts';
import { auditArguments } from './audit-arguments.ts';
import type { AuditEntry, AuditPage, AuditQuery } from './audit-entry.ts';

/** An entry as it is stored, in the order of the table's columns. */
export type AuditRow = readonly (string | number | null)[];

const nameChars = 256;

/** What an entry says now: its arguments may change after the call. Long names are cut at 256 characters. */
export function auditRow(entry: AuditEntry): AuditRow {
  return [
    finite(Math.round(entry.timeMs)),
    storable(entry.subject),
    rolesJson(entry.roles),
    entry.transport,
    entry.sessionId === undefined ? null : storable(entry.sessionId),
    entry.kind,
    storable(entry.action),
    auditArguments(entry.arguments),
    entry.decision,
    entry.outcome,
    entry.errorCode === undefined ? null : storable(entry.errorCode),
    finite(entry.durationMs),
  ];
}

const knownRoles = new WeakMap<readonly string[], string>();

/** A caller's roles are one array for all of its calls. */
function rolesJson(roles: readonly string[]): string {
  const known = knownRoles.get(roles);
  if (known !== undefined) return known;
  const json = JSON.stringify(roles.slice(0, 100).map(storable));
  knownRoles.set(roles, json);
  return json;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function storable(text: string): string {
  const short = text.length <= nameChars ? text : `${text.slice(0, nameChars - 1)}…`;
  return short.isWellFormed() && !short.includes('\0') ? short : short.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Stores a group of entries, all or none, with one statement: what it costs hardly depends on their number. */
export async function insertAudit({ db, kind }: Database, rows: readonly AuditRow[]): Promise<void> {
  await sql`
    insert into audit (time_ms, subject, roles, transport, session, kind, action, arguments, decision, outcome,
      error_code, duration_ms)
    ${unpackRows[kind](JSON.stringify(rows))}`.execute(db);
}

/** How a JSON array of rows becomes rows. */
const unpackRows = {
  sqlite: (json) => sql`
    select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9,
      value->>10, value->>11
    from json_each(${json})`,
  postgres: (json) => sql`
    select (value->>0)::bigint, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
      value->>9, value->>10, (value->>11)::double precision
    from json_array_elements(${json}::json) as rows(value)`,
} as const satisfies Record<DatabaseKind, (json: string) => RawBuilder<unknown>>;

/** Entries of a time range, newest first; see `AuditLog.query`. */
export async function selectAudit({ db }: Database, query: AuditQuery): Promise<AuditPage> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const rows = await matching(db, query)
    .selectAll()
    .$if(after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('time_ms', 'id'), '<', tuple(after?.timeMs as number, after?.id as number)),
      ),
    )
    .orderBy('time_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute();
  const { total } = await matching(db, query)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    entries: page.map(toEntry),
    total: Number(total),
    nextCursor: rows.length > page.length && last ? encodeCursor(last.time_ms, last.id) : null,
  };
}

function matching(db: Kysely<Schema>, { fromMs, toMs, subject, action, outcome }: AuditQuery) {
  return db
    .selectFrom('audit')
    .where('time_ms', '>=', Math.ceil(fromMs))
    .where('time_ms', '<', Math.ceil(toMs))
    .$if(subject !== undefined, (select) => select.where('subject', '=', subject as string))
    .$if(action !== undefined, (select) => select.where('action', '=', action as string))
    .$if(outcome !== undefined, (select) => select.where('outcome', '=', outcome as string));
}

type StoredRow = Omit<AuditTable, 'id'> & { id: number };

function toEntry(row: StoredRow): AuditEntry {
  return {
    timeMs: row.time_ms,
    subject: row.subject,
    roles: JSON.parse(row.roles) as string[],
    transport: row.transport as AuditEntry['transport'],
    ...(row.session !== null && { sessionId: row.session }),
    kind: row.kind as AuditEntry['kind'],
    action: row.action,
    arguments: JSON.parse(row.arguments) as unknown,
    decision: row.decision as AuditEntry['decision'],
    outcome: row.outcome as AuditEntry['outcome'],
    ...(row.error_code !== null && { errorCode: row.error_code }),
    durationMs: row.duration_ms,
  };
}

function encodeCursor(timeMs: number, id: number): string {
  return Buffer.from(`${timeMs}.${id}`).toString('base64url');
}

function decodeCursor(cursor: string): { timeMs: number; id: number } {
  const [, timeMs, id] = /^(-?\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (timeMs === undefined || id === undefined)
    throw new OpenManagerError(
      'invalid_argument',
      '`cursor` is not one that this list gave; leave it out to start anew.',
    );
  return { timeMs: Number(timeMs), id: Number(id) };
}
