/** How a call reached us. */
export type Transport = 'stdio' | 'http' | 'cli' | 'internal';

/** Who is calling, as the transport established it; nothing in it comes from what the client claims about itself. */
export interface Caller {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly transport: Transport;
  readonly ip?: string;
  readonly sessionId?: string;
  readonly twoFactor: boolean;
}

/** The one user of a stdio connection: whoever started the process may do what the process may do. */
export const localCaller: Caller = {
  subject: 'local',
  roles: ['admin'],
  scopes: [],
  transport: 'stdio',
  twoFactor: false,
};
