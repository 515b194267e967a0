import { exportedHeader } from '../importers/csv-columns.ts';
import { canonicalLabels } from '../series-key.ts';
import { type ExportFormat, numberText, timeText } from './export-format.ts';

/** A row a sample, labels as a JSON object; `openmanager import csv` reads it back as it was. */
export const csvFormat: ExportFormat = {
  groupOf: ({ metric }) => metric,
  begin: `${exportedHeader.join(',')}\n`,
  beginGroup: () => '',
  lineOf({ host, metric, labels, unit }) {
    const names = [host, metric, canonicalLabels(labels), unit].map(quoted).join(',');
    return (timeMs, value) => `${timeText(timeMs)},${names},${numberText(value)}\n`;
  },
  end: '',
};

/** Quoted where RFC 4180 asks for it, and where blanks at the ends would be lost. */
function quoted(text: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
