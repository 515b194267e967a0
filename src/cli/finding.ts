/** What the doctor says about one thing. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly found: string;
  /** How to mend it; absent when it is ok. */
  readonly fix?: string;
}
