import type { OpenAPIObject } from '@nestjs/swagger';
import { html } from '../http/html.ts';
import type { Html } from '../http/html.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;

interface Operation {
  summary?: string;
  description?: string;
  parameters?: readonly { name?: string; in?: string; required?: boolean; description?: string; schema?: unknown }[];
  requestBody?: { content?: Record<string, { schema?: unknown }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>;
}

/** A page for people from an OpenAPI document: each operation with its parameters, its answers and their schemas. */
export function renderDocument(document: OpenAPIObject): string {
  const { title, description, version } = document.info;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <header>
          <h1>${title} <small>${version}</small></h1>
          <p>${description}</p>
          <p><a href="/openapi.json">openapi.json</a></p>
        </header>
        <main>${Object.entries(document.paths).flatMap(([path, item]) => renderPath(path, item as Record<string, Operation>))}</main>
      </body>
    </html>`.toString();
}

function renderPath(path: string, item: Record<string, Operation>): Html[] {
  return METHODS.flatMap((method) => {
    const operation = item[method];
    return operation ? [renderOperation(method, path, operation)] : [];
  });
}

function renderOperation(
  method: string,
  path: string,
  { summary, description, parameters = [], requestBody, responses = {} }: Operation,
): Html {
  return html`<section>
    <h2><span class="method">${method.toUpperCase()}</span> <code>${path}</code></h2>
    <p>${summary}</p>
    <p>${description}</p>
    ${
      parameters.length > 0 &&
      html`<h3>Parameters</h3>
        <dl>${parameters.map(renderParameter)}</dl>`
    }
    ${
      requestBody &&
      html`<h3>Body</h3>
        ${renderContent(requestBody.content)}`
    }
    <h3>Answers</h3>
    <dl>
      ${Object.entries(responses).map(
        ([status, answer]) =>
          html`<dt><code>${status}</code></dt>
            <dd>${answer.description}${renderContent(answer.content)}</dd>`,
      )}
    </dl>
  </section>`;
}

function renderParameter({ name, in: place, required, description, schema }: NonNullable<Operation['parameters']>[number]): Html {
  return html`<dt><code>${name}</code> <small>${place}${required ? ', required' : ''}</small></dt>
    <dd>${description} <code>${JSON.stringify(schema)}</code></dd>`;
}

function renderContent(content: Record<string, { schema?: unknown }> = {}): Html[] {
  return Object.entries(content).map(
    ([type, { schema }]) =>
      html`<details>
        <summary>${type}</summary>
        <pre>${JSON.stringify(schema, undefined, 2)}</pre>
      </details>`,
  );
}
