import { type ExportFormat, numberText, timeText } from './export-format.ts';

/** A JSON object a sample and line, with the same fields as the CSV. */
export const jsonlFormat: ExportFormat = {
  groupOf: ({ metric }) => metric,
  begin: '',
  beginGroup: () => '',
  lineOf({ host, metric, labels, unit }) {
    const names = JSON.stringify({ host, metric, labels, unit }).slice(1, -1);
    return (timeMs, value) => `{"timestamp":"${timeText(timeMs)}",${names},"value":${numberText(value)}}\n`;
  },
  end: '',
};
