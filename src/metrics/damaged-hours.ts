import { hourMs } from './chunk-key.ts';
import type { OnDamaged } from './sample-reader.ts';
import type { TimeWindow } from './series-selection.ts';

/** Collects the hours of a window that were left out as what is stored of them is damaged, once for each series. */
export function collectDamagedHours({ fromMs, toMs }: TimeWindow) {
  /** Since the epoch. */
  const damagedHours: number[] = [];
  const onDamaged: OnDamaged = ({ hour }) => {
    if ((hour + 1) * hourMs > fromMs && hour * hourMs < toMs) damagedHours.push(hour);
  };
  return { onDamaged, damagedHours };
}
