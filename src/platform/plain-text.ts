/**
 * Makes a guest's text safe to quote in a log: removes escape sequences (ECMA-48 CSI and OSC) and control characters,
 * which could forge lines, move the cursor or reverse text, and shortens it.
 */
export function toPlainText(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength)
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g, '')
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '')
    .trimEnd();
}
