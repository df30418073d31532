/** Adds up vitest's JSON reports and ends with one line: N passed, N failed, N skipped. A missing report is a failure. */
import { existsSync, readFileSync } from 'node:fs'

const total = { passed: 0, failed: 0, skipped: 0 }
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    console.error(`no report at ${path}: the run ended before it was written`)
    total.failed += 1
    continue
  }
  const report = JSON.parse(readFileSync(path, 'utf8'))
  total.passed += report.numPassedTests
  total.failed += report.numFailedTests
  total.skipped += report.numPendingTests + report.numTodoTests
  // A file that cannot be loaded fails without having counted a test.
  total.failed += report.testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0).length
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
