import { findings, resolve } from './json-schema.ts';

/** Whether answers are what a document (OpenAPI 3.1) says of them. */

type Json = Record<string, unknown>;

/** An operation, with the path and the method at which it is. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** Below the server's, with braces. */
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: Json;
  }[];
  readonly body: Json | undefined;
  readonly responses: Json;
}

export function operationsOf(document: Json): Operation[] {
  return Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const { operationId, parameters = [], requestBody, responses } = operation;
      const content = (requestBody as { content?: Record<string, { schema: Json }> } | undefined)?.content;
      return {
        id: String(operationId),
        method: method.toUpperCase(),
        path,
        parameters: parameters as Operation['parameters'],
        body: content?.['application/json']?.schema,
        responses: responses as Json,
      };
    }),
  );
}

/** The operation of a request; undefined where the document knows none. A word fits before a parameter. */
export function operationAt(operations: readonly Operation[], method: string, path: string) {
  const parts = path.split('/');
  const fits = (operation: Operation) => {
    const own = operation.path.split('/');
    return (
      operation.method === method &&
      own.length === parts.length &&
      own.every((part, index) => part.startsWith('{') || part === parts[index])
    );
  };
  const parameters = (operation: Operation) => operation.path.split('{').length;
  return operations.filter(fits).sort((a, b) => parameters(a) - parameters(b))[0];
}

/** What of an answer the document does not say, a line each. */
export function undocumented(
  document: Json,
  operation: Operation,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
): string[] {
  const { status, headers, text } = answer;
  const at = `${operation.method} ${operation.path} ${status}`;
  const named =
    operation.responses[String(status)] ?? (status >= 400 ? operation.responses.default : undefined);
  if (named === undefined) return [`${at}: the document has no such status`];
  const response = (
    '$ref' in (named as Json) ? resolve(String((named as Json).$ref), document) : named
  ) as Json;
  const content = response.content as Record<string, { schema: Json }> | undefined;
  if (content === undefined) return text === '' ? [] : [`${at}: a body that the document does not know`];
  const type = String(headers.get('content-type')).split(';')[0] ?? '';
  const media = content[type];
  if (media === undefined) return [`${at}: the type ${type} is not in the document`];
  if (!type.endsWith('json')) return [];
  return findings(media.schema, JSON.parse(text), document).map((line) => `${at}: ${line}`);
}
