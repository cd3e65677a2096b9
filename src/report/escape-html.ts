/** A text that is no markup: in an element, and in a quoted attribute. It does for XML too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
