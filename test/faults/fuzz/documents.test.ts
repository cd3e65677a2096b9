import { parsers } from './documents.js';
import { fuzzParsers } from './fuzz-parsers.js';

fuzzParsers('documents', parsers);
