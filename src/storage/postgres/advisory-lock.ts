/**
 * The key of an advisory lock of ours, as SQL of type bigint. Advisory locks belong to a database, so the schema in the
 * name keeps two installations in one database apart (https://www.postgresql.org/docs/current/explicit-locking.html).
 * @param name SQL of type text, e.g. `'role/' || $1`.
 */
export function lockKey(name: string): string {
  return `hashtextextended(current_schema()::text || '/openmanager/' || ${name}, 0)`;
}

/** SQL that waits for a lock which the end of the transaction frees. */
export function lockInTransaction(name: string): string {
  return `pg_advisory_xact_lock(${lockKey(name)})`;
}
