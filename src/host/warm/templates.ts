import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, Failure } from '../../platform/errors.js';
import { parseDocument } from '../../platform/document.js';
import { ifPresent } from '../../platform/fs/files.js';
import { tryFindProblem } from '../check-file.js';
import { tryReadSmallFile, tryStatFile } from '../host-files.js';
import { draftPrefix, listLocalVersions, type BrokenRecord, type LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import {
  hashedFiles,
  templateFiles,
  templateKey,
  templateKind,
  toTemplateKey,
  warmDirectory,
  type Template,
  type TemplateSize,
} from './template-document.js';

/** A template on this host. */
export interface LocalTemplate {
  readonly directory: string;
  readonly template: Template;
}

export interface VersionTemplates {
  readonly templates: readonly LocalTemplate[];
  /** Directories without a readable `template.json`. */
  readonly broken: readonly BrokenRecord[];
  /** Directories that killed commands left, or that a running one is filling. */
  readonly drafts: readonly string[];
}

/** The template of a version with this key; undefined if there is none. @throws Failure if it is not what we wrote */
export async function tryReadTemplate(
  root: string,
  { image, version }: Pick<LocalVersion, 'image' | 'version'>,
  key: string,
): Promise<LocalTemplate | undefined> {
  const directory = join(warmDirectory(root, image, version), key);
  const path = join(directory, templateFiles.document);
  const bytes = await tryReadSmallFile({ path, limit: templateKind.limit, owned: true });
  if (bytes === undefined) return undefined;
  const template = parseDocument(templateKind, bytes, path);
  if (template.key === key && template.image === image && template.version === version && isKeyOf(template))
    return { directory, template };
  throw new Failure(`${path} belongs to a different template`, { fix: 'ch-golden host prune --yes' });
}

function isKeyOf({ key, inputs }: Template): boolean {
  return toTemplateKey(inputs) === key;
}

/** All templates of a version, by key. */
export async function listTemplates(
  root: string,
  local: Pick<LocalVersion, 'image' | 'version'>,
): Promise<VersionTemplates> {
  const parent = warmDirectory(root, local.image, local.version);
  const names = ((await ifPresent(readdir(parent))) ?? []).sort();
  const templates: LocalTemplate[] = [];
  const broken: BrokenRecord[] = [];
  for (const name of names.filter((one) => !one.startsWith(draftPrefix))) {
    try {
      const found = templateKey.test(name) ? await tryReadTemplate(root, local, name) : undefined;
      if (found === undefined) broken.push({ name, problem: `${join(parent, name)} is not a template` });
      else templates.push(found);
    } catch (error) {
      broken.push({ name, problem: errorMessage(error) });
    }
  }
  const drafts = names.filter((name) => name.startsWith(draftPrefix)).map((name) => join(parent, name));
  return { templates, broken, drafts };
}

/**
 * What is wrong with the files of a template; undefined if they are as they were made. Files that nobody has written
 * to are not rehashed, unless `rehash` is set.
 */
export async function tryFindTemplateProblem(
  { directory, template }: LocalTemplate,
  { rehash }: { readonly rehash: boolean },
  ports: Pick<HostPorts, 'log' | 'signal'>,
): Promise<string | undefined> {
  for (const name of hashedFiles) {
    const isLarge = name === templateFiles.memory || name === templateFiles.disk;
    const problem = await tryFindProblem(
      {
        ...template.files[name],
        name,
        path: join(directory, name),
        verifiedDate: isLarge && !rehash ? new Date(template.created) : undefined,
      },
      ports,
    ).catch((error: unknown) => {
      if (error instanceof Failure) return error.message;
      throw error;
    });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Bytes that a template takes on disk: the zeros of its memory take none. */
export async function measureTemplate({ directory }: Pick<LocalTemplate, 'directory'>): Promise<number> {
  const stats = await Promise.all(hashedFiles.map(async (name) => tryStatFile(join(directory, name))));
  return stats.reduce((bytes, found) => bytes + (found?.blocks ?? 0) * 512, 0);
}

/** The sizes of VMs that this host has templates for, of any version of an image. */
export async function listTemplateSizes(root: string, image: string): Promise<readonly TemplateSize[]> {
  const sizes = new Map<string, TemplateSize>();
  for (const local of (await listLocalVersions(root, image)).versions)
    for (const { template } of (await listTemplates(root, local)).templates) {
      const { cpus, memoryMiB } = template.inputs;
      sizes.set(`${cpus} ${memoryMiB}`, { cpus, memoryMiB });
    }
  return [...sizes.values()];
}
