import type { JsonSchema } from './json-schema.ts';

/** What a problem is called among the schemas of the document. */
export const PROBLEM = 'Problem';

const text: JsonSchema = { type: 'string' };

/** A refusal (RFC 9457), as `problems.ts` describes it. */
export const problemSchema = (): JsonSchema => ({
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'error'],
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    error: { ...text, description: 'A stable code.' },
    request_id: { ...text, description: 'Also in the log and the audit trail.' },
    errors: {
      type: 'array',
      description: 'What is wrong with single parts of the request.',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          detail: text,
          pointer: {
            ...text,
            description: 'A part of the body, as a JSON Pointer in the form of a URI fragment.',
          },
          parameter: { ...text, description: 'A parameter of the query.' },
          header: text,
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
});
