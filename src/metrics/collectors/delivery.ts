import type { Reading } from '../reading.ts';
import { createStreak, type OnWarning } from './warnings.ts';

/** Hands readings on, one at a time and in order. */
export interface Delivery {
  deliver(reading: Reading): void;
  /** Resolves when all that was delivered has been taken. */
  idle(): Promise<void>;
}

/** Readings that wait for a slow taker: a minute's worth at the usual interval, so that memory stays bounded. */
const maxWaiting = 12;

export function createDelivery(onReading: (reading: Reading) => void | Promise<void>, onWarning: OnWarning): Delivery {
  const waiting: Reading[] = [];
  const taking = createStreak(onWarning);
  const keepingUp = createStreak(onWarning);
  let draining: Promise<void> | null = null;

  async function drain(): Promise<void> {
    for (let reading = waiting.shift(); reading !== undefined; reading = waiting.shift()) {
      try {
        await onReading(reading);
        taking.succeeded();
      } catch (error) {
        taking.failed('A reading could not be taken over; collecting goes on.', error);
      }
    }
  }

  return {
    deliver(reading) {
      if (waiting.length < maxWaiting) keepingUp.succeeded();
      else {
        waiting.shift();
        keepingUp.failed('Readings are taken over too slowly; the oldest are dropped.');
      }
      waiting.push(reading);
      draining ??= drain().finally(() => {
        draining = null;
      });
    },
    async idle() {
      await draining;
    },
  };
}
