/** `812 ms`, `4.2 s`, `3 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** `0m`, `5m`, `7h`, `12d`: short enough for a column. */
export function formatAge(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/** `512 B`, `1.4 KiB`, `57.3 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  return `${power === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[power] ?? ''}`;
}

/** `1 clone`, `2 clones`: for nouns that take an s. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A foreign text on one line, without characters that control a terminal or a log, or reverse text. */
export function sanitizeLine(text: string, maxLength = 400): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').trimEnd();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/**
 * Escapes what the GitHub runner would take as a workflow command: `::name::` at the start, or `##[name]` anywhere.
 * Source: actions/runner, src/Runner.Common/ActionCommand.cs.
 */
export function hideCommands(line: string): string {
  return line.replace(/^(?=\s*::)/, '|').replaceAll('##[', '# [');
}

/** What JSON does not escape, although it controls a terminal or reverses text. */
export const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A foreign text in quotes, for a message: shortened, with escapes for characters that must not be printed. */
export function quoteText(text: string, maxLength = 120): string {
  return JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
