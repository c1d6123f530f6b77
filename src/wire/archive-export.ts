import type { ExportMonth } from '../domain/audit/retention/archive-file.ts';
export const interim: ExportMonth = () => Promise.reject(new Error('interim'));
