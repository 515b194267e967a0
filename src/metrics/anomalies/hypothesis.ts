/** What the anomalies of a group may mean; never more than a suspicion. */
export interface Hypothesis {
  readonly kind: HypothesisKind;
  /** What it rests on, a sentence; untrusted names in it. */
  readonly evidence: string;
}

export type HypothesisKind = 'login_storm' | 'outgoing_flood' | 'miner';
