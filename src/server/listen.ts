import type { Caller } from '../security/caller.ts';
import type { Guard } from './guard.ts';

/** A request of the 2026 era to be told of changes. */
export interface ListenRequest {
  readonly id: string | number;
  readonly method: 'subscriptions/listen';
  readonly params: { readonly notifications: object };
}

export function isListenRequest(message: unknown): message is ListenRequest {
  const { method, id, params } = (message ?? {}) as Partial<ListenRequest>;
  return method === 'subscriptions/listen' && id !== undefined && typeof params?.notifications === 'object';
}

/**
 * Decides and audits what the SDK's serving entries answer themselves, before any handler of ours.
 * @throws OpenManagerError `forbidden` when the policy refuses it.
 */
export async function guardListen(guard: Guard, { params }: ListenRequest, caller: Caller): Promise<void> {
  await guard.run(
    {
      kind: 'subscription',
      action: 'subscriptions/listen',
      arguments: params.notifications,
      readOnly: true,
      run: async () => {},
    },
    { caller, signal: new AbortController().signal, progress: () => {} },
  );
}

/** The answer to a request that the guard refused. */
export function refusedListen({ id }: ListenRequest, { message }: Error) {
  return { jsonrpc: '2.0' as const, id, error: { code: -32603, message } };
}
