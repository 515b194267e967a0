/** What a peer is given of a series: no labels. */
export interface PeerSeries {
  readonly name: string;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** Another detector, measured on the same series. */
export interface Peer {
  readonly name: string;
  /** Of each series one score a value, higher = odder, in a unit of its own. */
  score(series: readonly PeerSeries[]): Promise<Float64Array[]>;
}

/** One that is not installed here. */
export interface AbsentPeer {
  readonly name: string;
  /** What is missing, and how to get it. */
  readonly absent: string;
}
