import { parsers } from './disks.js';
import { fuzzParsers } from './fuzz-parsers.js';

fuzzParsers('disks', parsers);
