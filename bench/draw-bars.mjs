// A chart of wall times as an SVG that is readable on light and dark pages.
const width = 760;
const labelWidth = 330;
const rowHeight = 26;

function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function drawBar({ what, seconds, notRun }, index, longest) {
  const y = 46 + index * rowHeight;
  const label = `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${escape(what)}</text>`;
  if (notRun !== undefined) return `${label}<text x="${labelWidth}" y="${y + 13}" class="quiet">not run</text>`;
  const length = Math.max(1, (seconds / longest) * (width - labelWidth - 70));
  const kind = what.startsWith('ch-golden') ? 'ours' : 'theirs';
  return (
    `${label}<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="17" rx="2" class="${kind}"/>` +
    `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 13}">${seconds.toFixed(1)} s</text>`
  );
}

export function drawBars(title, rows) {
  const longest = Math.max(...rows.map(({ seconds = 0 }) => seconds));
  const height = 56 + rows.length * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif"` +
      ` font-size="12" role="img" aria-label="${escape(title)}">`,
    '<style>text { fill: #24292f } .quiet { fill: #6e7781 } .ours { fill: #1a7f37 } .theirs { fill: #8c959f }',
    '@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .quiet { fill: #8d96a0 }' +
      ' .ours { fill: #3fb950 } .theirs { fill: #6e7681 } }</style>',
    `<text x="8" y="22" font-size="14" font-weight="600">${escape(title)}</text>`,
    ...rows.map((row, index) => drawBar(row, index, longest)),
    '</svg>',
    '',
  ].join('\n');
}
