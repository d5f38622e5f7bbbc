/** `npm run imports`: ends with 1 when an import goes the wrong way. */
import { checkImports } from './check-imports.ts';

const { files, forbidden } = await checkImports();
for (const { rule, from, to, comment } of forbidden) console.error(`${from} imports ${to}\n  ${rule}: ${comment}`);
console.log(`imports: ${files} files, ${forbidden.length} forbidden imports`);
process.exitCode = forbidden.length > 0 ? 1 : 0;
