import { createDetectorSlab, type DetectorSlab } from '../../analytics/index.ts';
import type { Reading } from '../reading.ts';
import type { Episode } from './episode.ts';
import { createScorer, type Scorer } from './scorer.ts';
import { createTracker, type EpisodeChange, type Tracker } from './tracker.ts';
import type { Turns } from './turns.ts';

/** What is usual on one host, and what of its readings is not. */
export interface HostDetection {
  readonly slab: DetectorSlab;
  readonly scorer: Scorer;
  readonly tracker: Tracker;
  /** One reading at a time, in the order of their times; one that is not newer than the last is left out. */
  score(reading: Reading, turns: Turns): Promise<void>;
}

/** When the clock goes back by more, readings go on from there; less is waited for. */
const clockBackMs = 3_600_000;

export function createHostDetection(onChange: (episode: Episode, change: EpisodeChange) => void): HostDetection {
  const slab = createDetectorSlab();
  const tracker = createTracker(onChange);
  const scorer = createScorer(slab, { onVerdict: tracker.see, onForgotten: tracker.forget });

  function isNext(timestampMs: number): boolean {
    if (timestampMs <= scorer.timeMs - clockBackMs) scorer.goBack(timestampMs);
    return timestampMs > scorer.timeMs;
  }

  return {
    slab,
    scorer,
    tracker,
    async score(reading, turns) {
      if (!isNext(reading.timestampMs)) return;
      const count = reading.values.length;
      for (let done = 0; done < count; ) {
        const taken = turns.take(count - done);
        if (taken === 0) await turns.next();
        else scorer.score(reading, done, done + taken);
        done += taken;
      }
      tracker.endSilent(reading.timestampMs);
    },
  };
}
