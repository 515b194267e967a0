import { formatValue } from '../../../core/format.ts';
import { type Descriptor, seriesName } from '../../../core/series.ts';
import { isPseudoInterface } from '../../collectors/pseudo-interfaces.ts';
import {
  type Candidate,
  isTotal,
  mostExpected,
  type Pattern,
  risen,
  type SeenAnomaly,
  type Situation,
} from '../situation.ts';

/** Metrics of other sources that count logins, those that failed, or sessions of people. */
const logins =
  /(^|[^a-z])(log_?ins?|auth(entication)?[._-]?fail(ures?|ed)?|(system|sshd?|user|login)[._-]?sessions?)([^a-z]|$)/i;
const cpuSeries: Descriptor = { metric: 'system.cpu.utilization', labels: {}, unit: '1' };
/** Bytes a packet on average: packets of logins are small, those of a download are not. */
const mostBytesOfPacket = 600;
/** What uses the processors more is a build or a job. */
const mostCpuUse = 0.9;
/** Of what is counted now, counted at this time of an earlier day. */
const usualShare = 0.5;

/**
 * Far more logins, sessions or failed logins than usual, where the host has such a metric; else far more processes are
 * started while more small packets arrive, or connections are open, than usual, and the processors are not busy.
 */
export const findLoginStorm: Pattern = (situation) => {
  const [counted] = worstFirst(risen(situation.anomalies, ({ metric }) => logins.test(metric)));
  if (counted !== undefined) return suspect(counted, []);
  const [started] = risen(situation.anomalies, ({ metric }) => metric === 'system.processes.created');
  const arriving = worstFirst(risen(situation.anomalies, isArriving)).filter((one) => isSmall(one, situation));
  if (started === undefined || arriving.length === 0) return null;
  return situation.last(cpuSeries) >= mostCpuUse ? null : suspect(started, arriving.slice(0, 1));
};

function worstFirst(anomalies: SeenAnomaly[]): SeenAnomaly[] {
  return anomalies.sort((a, b) => b.peak.score - a.peak.score);
}

function isArriving(series: Descriptor): boolean {
  const { metric, labels } = series;
  if (metric === 'system.linux.conntrack.utilization') return isTotal(series);
  return (
    metric === 'system.network.packets' &&
    labels['network.io.direction'] === 'receive' &&
    !isPseudoInterface(labels['network.interface.name'] ?? '')
  );
}

function isSmall({ series, peak }: SeenAnomaly, { last }: Situation): boolean {
  if (series.metric !== 'system.network.packets') return true;
  const packets = last(series);
  const bytes = last({ ...series, metric: 'system.network.io', unit: 'By/s' });
  // Without packets now the peak is what there is to compare with.
  return !(bytes / (packets > 0 ? packets : peak.value) > mostBytesOfPacket);
}

function suspect(subject: SeenAnomaly, beside: readonly SeenAnomaly[]): Candidate {
  const { value } = subject.peak;
  return {
    hypothesis: {
      kind: 'login_storm',
      evidence: `${[subject, ...beside].map(tell).join(', and ')}: somebody may be trying passwords, or many log in at once.`,
    },
    subject: subject.series,
    isUsual: (days) => days.some(({ max }) => max >= usualShare * value),
  };
}

function tell({ series: { metric, labels, unit }, peak }: SeenAnomaly): string {
  const shown = (value: number) => formatValue(value, unit);
  return `${seriesName(metric, labels)} went to ${shown(peak.value)} where at most ${shown(mostExpected(peak))} was expected`;
}
