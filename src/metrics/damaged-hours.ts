import { hourMs } from './chunk-key.ts';
import type { OnDamaged } from './sample-reader.ts';
import type { TimeWindow } from './series-selection.ts';

/** Counts the hours of a window, of all series, that were left out as what is stored of them is damaged. */
export function countDamagedHours({ fromMs, toMs }: TimeWindow) {
  let hours = 0;
  const onDamaged: OnDamaged = ({ hour }) => {
    if ((hour + 1) * hourMs > fromMs && hour * hourMs < toMs) hours += 1;
  };
  return { onDamaged, hours: () => hours };
}
