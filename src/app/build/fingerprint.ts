import type { BaseImage } from '../../base/base-image.js';
import type { Edit } from '../../image/plan.js';
import { sha256Of } from '../../platform/fs/files.js';

/** Everything that decides what is in an image. */
export interface ImageIngredients {
  readonly base: Pick<BaseImage, 'sha256'>;
  readonly edits: readonly Edit[];
  readonly layout: string;
  readonly compression: string;
  readonly diskSize: number;
}

/** Raise it if the same ingredients produce a different image from now on: then a new version is built. */
const recipe = 1;

/** Identifies the ingredients by 64 hexadecimal digits. Paths on this machine are not part of it. */
export function fingerprintImage({ base, edits, layout, compression, diskSize }: ImageIngredients): string {
  return sha256Of(
    JSON.stringify({ recipe, base: base.sha256, edits: edits.map(withoutPaths), layout, compression, diskSize }),
  );
}

function withoutPaths(edit: Edit): unknown {
  if (edit.kind === 'run') return { ...edit, script: edit.script.sha256 };
  return edit.kind === 'write' && 'file' in edit.content ? { ...edit, content: edit.content.sha256 } : edit;
}
