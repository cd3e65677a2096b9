// Writes the table of Cloud Hypervisor's known disk defects into docs/reference/known-defects.md:
//   node scripts/generate-defects.mjs [--check] [PAGE]
import { formatTable, readArguments, readPage, replaceBetween, writeOrCheck } from './generated-page.mjs';
import { importSource } from './import-source.mjs';

const { knownDefects, formatReleases } = await importSource('vmm/known-defects.js');

const conditions = {
  severalQueues: 'more than one queue',
  backingFiles: 'an overlay',
  discards: 'the guest discards or zeroes blocks',
  compressedWrites: 'the written file holds compressed clusters',
  fillsDisk: 'the guest fills the disk',
  copiedWhilePaused: 'the file is copied while the VM is paused',
};

function formatCondition(condition) {
  return ['qcow2', ...Object.keys(conditions).flatMap((key) => (condition[key] ? [conditions[key]] : []))].join(', ');
}

const rows = knownDefects.map((defect) => [
  `\`${defect.id}\``,
  formatReleases(defect),
  formatCondition(defect.condition),
  `${defect.severity}: ${defect.effect}`,
  defect.wayOut,
  `[${defect.source}](${defect.link})`,
]);
const { check, path } = readArguments('docs/reference/known-defects.md');
const table = formatTable(['ID', 'Releases', 'If', 'Effect', 'Workaround', 'Source'], rows);
const text = replaceBetween(readPage(path), 'known-defects', table, path);
writeOrCheck({ path, text, check, source: 'src/vmm/known-defects.ts' });
