import type { Caller } from './caller.ts';

/** What somebody wants to do: `action` is a tool's, resource's or prompt's name. */
export interface PolicyRequest {
  readonly kind: string;
  readonly action: string;
  readonly readOnly: boolean;
}

export interface Decision {
  readonly effect: 'allow' | 'deny';
  /** The rule that decided, for the audit log and the caller. */
  readonly rule: string;
}

/** Decides; never throws. */
export interface Policy {
  decide(caller: Caller, request: PolicyRequest): Decision;
}

/** The policy until rules are configured: admins may do everything, viewers read, everybody else nothing. */
export const defaultPolicy: Policy = {
  decide(caller, request) {
    if (caller.roles.includes('admin')) return { effect: 'allow', rule: 'admins may do everything' };
    if (caller.roles.includes('viewer') && request.readOnly) return { effect: 'allow', rule: 'viewers may read' };
    return { effect: 'deny', rule: 'no rule allows it' };
  },
};
