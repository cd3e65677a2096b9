/** The style of report.html. Text has a contrast of at least 4.5 to its background, in both colour schemes. */
export const htmlStyle = `
:root { --page: #f6f7f9; --card: #fff; --text: #1c2128; --soft: #59636e; --line: #d8dde3; --track: #eceff3;
  --done: #3b6ea5; --unit: #a06c12; --good: #1a7f37; --bad: #cf222e; --calm: #57606a; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0f1318; --card: #181e26; --text: #e4e9ef; --soft: #9aa5b1; --line: #2c3540; --track: #242c36;
  --done: #6ea8e0; --unit: #d9a441; --good: #4cc26a; --bad: #ff7b72; --calm: #9aa5b1; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; display: grid; gap: 1rem; }
main > * { min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; }
header { border-left: .4rem solid var(--calm); }
header.published, header.proven { border-left-color: var(--good); }
header.failed { border-left-color: var(--bad); }
h1 { margin: 0; font-size: 1.25rem; line-height: 1.35; }
h2 { margin: 0 0 .6rem; font-size: 1rem; }
p { margin: 0 0 .6rem; }
.outcome { margin: 0; color: var(--calm); font-size: .85rem; font-weight: 600; }
.published .outcome, .proven .outcome { color: var(--good); }
.failed .outcome { color: var(--bad); }
.fix { border-left: .25rem solid var(--unit); padding-left: .6rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
pre { margin: 0; padding: .7rem; background: var(--track); border-radius: .4rem;
  font: .82rem/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  white-space: pre-wrap; max-height: 32rem; overflow-y: auto; }
details { margin-top: .5rem; }
summary { cursor: pointer; padding: .3rem 0; }
.bars { list-style: none; margin: 0; padding: 0; display: grid; gap: .45rem; }
.bars li { display: grid; grid-template-columns: minmax(0, 1fr) max-content; column-gap: .8rem; font-size: .9rem; }
.time { color: var(--soft); font-variant-numeric: tabular-nums; text-align: right; }
.track { grid-column: 1 / -1; display: block; height: .6rem; background: var(--track); border-radius: .3rem;
  overflow: hidden; }
.bar { display: block; height: 100%; min-width: 2px; border-radius: .3rem; background: var(--done); }
.unit .bar { background: var(--unit); }
.failed .bar { background: var(--bad); }
.cancelled .bar { background: var(--calm); }
.scale { display: flex; justify-content: space-between; margin: .4rem 0 0; color: var(--soft); font-size: .8rem; }
@media (min-width: 48rem) {
  .bars { gap: .3rem; }
  .bars li { grid-template-columns: 20rem 5.5rem minmax(0, 1fr); align-items: center; }
  .track { grid-column: auto; height: .9rem; }
  .scale { margin-left: 27.1rem; }
}
@media (max-width: 30rem) {
  main { padding: .6rem; gap: .6rem; }
  main > * { padding: .8rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media print { pre { max-height: none; } }
`;
