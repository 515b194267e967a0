import { formatValue } from '../../../core/format.ts';
import type { Descriptor } from '../../../core/series.ts';
import { isPseudoInterface } from '../../collectors/pseudo-interfaces.ts';
import { type Candidate, mostExpected, type Pattern, risen, type SeenAnomaly, type Situation } from '../situation.ts';

const metric = 'system.network.io';
const interfaceName = 'network.interface.name';
const directionName = 'network.io.direction';
/** Bytes a second; less harms nobody. */
const leastSent = 1_000_000;
/** Times the upper end of the band. */
const leastExcess = 3;
/** Of what is sent, may be received: who answers requests, or copies both ways, receives more. */
const mostReceived = 0.3;
const leastLastedMs = 30_000;
/** Of what is sent now, sent at this time of an earlier day. */
const usualShare = 0.5;

/** A network interface sends far more than it ever does at this time, and receives little. */
export const findOutgoingFlood: Pattern = (situation) => {
  const sent = risen(situation.anomalies, isSent).filter(isLarge);
  const quiet = sent.filter((one) => receivedBeside(one, situation) <= mostReceived * one.peak.value);
  const [worst] = quiet.sort((a, b) => b.peak.value - a.peak.value);
  return worst ? suspect(worst, situation) : null;
};

function isSent({ metric: name, labels }: Descriptor): boolean {
  const ofInterface = labels[interfaceName];
  return (
    name === metric &&
    labels[directionName] === 'transmit' &&
    (ofInterface === undefined || !isPseudoInterface(ofInterface))
  );
}

function isLarge({ startMs, lastMs, peak }: SeenAnomaly): boolean {
  const { value } = peak;
  return value >= leastSent && value >= leastExcess * mostExpected(peak) && lastMs - startMs >= leastLastedMs;
}

/** The most that the interface has received of late. */
function receivedBeside({ series, peak }: SeenAnomaly, { anomalies, last }: Situation): number {
  const received = { ...series, labels: { ...series.labels, [directionName]: 'receive' } };
  const name = series.labels[interfaceName];
  const odd = risen(anomalies, (one) => one.metric === metric && one.labels[directionName] === 'receive').filter(
    ({ series: { labels } }) => labels[interfaceName] === name,
  );
  const now = last(received);
  // What is not known tells nothing: it counts as much.
  return Math.max(Number.isNaN(now) ? peak.value : now, ...odd.map((one) => one.peak.value));
}

function suspect(flood: SeenAnomaly, situation: Situation): Candidate {
  const { series, peak } = flood;
  const rate = (value: number) => formatValue(value, 'By/s');
  const received = rate(receivedBeside(flood, situation));
  const name = series.labels[interfaceName];
  return {
    hypothesis: {
      kind: 'outgoing_flood',
      evidence:
        `${name === undefined ? 'The host' : name} sends ${rate(peak.value)} where at most ${rate(mostExpected(peak))} was ` +
        `expected, and receives ${received}: data may leave the host, or it may be used to attack others.`,
    },
    subject: series,
    isUsual: (days) => days.some(({ max }) => max >= usualShare * peak.value),
  };
}
