import type { Transport } from './caller.ts';

/** Who did what, when, and how it ended. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly subject: string;
  readonly roles: readonly string[];
  readonly transport: Transport;
  readonly sessionId?: string;
  readonly kind: 'tool' | 'resource' | 'prompt' | 'completion' | 'subscription';
  /** The name of the tool, resource or prompt, as the caller gave it. */
  readonly action: string;
  /** Stored as JSON of at most 4 KiB, what looks secret redacted. */
  readonly arguments: unknown;
  readonly decision: 'allow' | 'deny';
  readonly outcome: 'ok' | 'error';
  readonly errorCode?: string;
  readonly durationMs: number;
}

export interface AuditQuery {
  /** Included. */
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** Whole, 1 to 1,000. */
  readonly limit: number;
  /** The previous page's `nextCursor`. */
  readonly cursor?: string | undefined;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Entries that match, on all pages. */
  readonly total: number;
  readonly nextCursor: string | null;
}
