// The thread that owns the database: node:sqlite is synchronous, and another process's long write must not stall the
// event loop of the server.
import { parentPort } from 'node:worker_threads';
import type { WorkerFailure, WorkerReply, WorkerRequest } from './protocol.ts';
import { createSqliteSession } from './session.ts';

if (parentPort === null) throw new Error('this file is the entry of a worker thread');
const port = parentPort;
const run = createSqliteSession();

port.on('message', (request: WorkerRequest) => {
  const [reply, transfer] = answer(request);
  port.postMessage(reply, transfer);
  if (request.kind === 'close') port.close();
});

function answer(request: WorkerRequest): [WorkerReply, ArrayBuffer[]] {
  const { id } = request;
  try {
    const value = run(request);
    return [{ id, value }, transferable(value)];
  } catch (error) {
    return [{ id, failure: failureOf(error) }, []];
  }
}

function transferable(value: ReturnType<typeof run>): ArrayBuffer[] {
  if (value instanceof Float64Array) return [value.buffer as ArrayBuffer];
  if (value === null || typeof value !== 'object' || !('offsets' in value)) return [];
  return [value.first, value.second, value.offsets, value.bytes].map((array) => array.buffer as ArrayBuffer);
}

function failureOf(thrown: unknown): WorkerFailure {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const { errcode, code } = thrown as { errcode?: unknown; code?: unknown };
  return {
    message: thrown.message,
    ...(typeof errcode === 'number' && { sqliteCode: errcode }),
    ...(typeof code === 'string' && { systemCode: code }),
  };
}
