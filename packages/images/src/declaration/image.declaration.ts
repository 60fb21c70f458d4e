import { readFile, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ImageError, hasSystemCode } from '../errors.ts';
import { imageSchema } from './image.schema.ts';
import type { ImageYaml } from './image.schema.ts';

/** One image as declared, its files' contents read, and its parent's declaration, if it has one. */
export interface ImageDeclaration extends ImageYaml {
  dir: string;
  /** Contents of `files[].from`, by that name. */
  contents: ReadonlyMap<string, Buffer>;
  parentDeclaration?: ImageDeclaration;
}

/** Reads and validates `<dir>/image.yaml` and its parents'. Refuses with DECLARATION_INVALID, naming the field. */
export async function loadImageDeclaration(dir: string): Promise<ImageDeclaration> {
  return load(resolve(dir), []);
}

/** All images under a folder, parents before their children. */
export async function loadImageDeclarations(imagesDir: string): Promise<ImageDeclaration[]> {
  const folders = (await readdir(imagesDir, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const declarations = await Promise.all(folders.toSorted().map((name) => loadImageDeclaration(join(imagesDir, name))));
  return declarations.toSorted((one, other) => ancestors(one).length - ancestors(other).length || (one.name < other.name ? -1 : 1));
}

/** The image's ancestors, the eldest first, without itself. */
export function ancestors(declaration: ImageDeclaration): ImageDeclaration[] {
  const parent = declaration.parentDeclaration;
  return parent ? [...ancestors(parent), parent] : [];
}

async function load(dir: string, children: string[]): Promise<ImageDeclaration> {
  const file = join(dir, 'image.yaml');
  const declared = parseImage(await readText(file), file);
  if (declared.name !== basename(dir))
    throw invalid(file, `name: expected "${basename(dir)}", as the folder is called, found "${declared.name}"`);
  if (children.includes(declared.name)) throw invalid(file, `parent: ${[...children, declared.name].join(' → ')} goes round in a circle`);
  const contents = new Map<string, Buffer>();
  for (const { from } of declared.files) if (from !== undefined) contents.set(from, await readFile(join(dir, from)));
  const parentDeclaration = declared.parent ? await load(join(dir, '..', declared.parent), [...children, declared.name]) : undefined;
  return { ...declared, dir, contents, ...(parentDeclaration && { parentDeclaration }) };
}

function parseImage(text: string, file: string): ImageYaml {
  try {
    return imageSchema.parse(parse(text));
  } catch (cause) {
    if (cause instanceof z.ZodError)
      throw invalid(file, cause.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
    throw invalid(file, cause instanceof Error ? cause.message : String(cause));
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (!hasSystemCode(cause, 'ENOENT')) throw cause;
    throw new ImageError({ code: 'DECLARATION_INVALID', message: `expected an image declared in ${file}, found no such file`, cause });
  }
}

function invalid(file: string, what: string): ImageError {
  return new ImageError({ code: 'DECLARATION_INVALID', message: `${file}: ${what}` });
}
