// Prints "N passed, N failed" from vitest's JSON report; exit code 1 unless tests ran and none failed.
//   node scripts/count-tests.mjs REPORT
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
// A file that does not load has no tests to count, and has failed all the same.
const broken = report.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some(isFailed));
const failed = report.numFailedTests + broken.length;

console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = report.numPassedTests > 0 && failed === 0 && report.success ? 0 : 1;

function isFailed(test) {
  return test.status === 'failed';
}
