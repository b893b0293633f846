import { codeRoot } from '../core/package-root.ts';
import { writeCatalogue } from './catalogue.ts';

// A step of the build: `node dist.next/src/cli/write-catalogue.js`.
await writeCatalogue(codeRoot());
