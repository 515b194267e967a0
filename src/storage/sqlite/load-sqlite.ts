type Sqlite = ReturnType<typeof process.getBuiltinModule<'node:sqlite'>>;
export type DatabaseSync = InstanceType<Sqlite['DatabaseSync']>;
export type StatementSync = ReturnType<DatabaseSync['prepare']>;

/**
 * `node:sqlite`, without the notice that it is experimental, which some versions of Node print on stderr. Every
 * other warning passes.
 */
export function loadSqlite(): Sqlite {
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).includes('SQLite is an experimental feature')) return;
    (emit as (...all: unknown[]) => void).call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emit;
  }
}
