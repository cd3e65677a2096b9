import { fuzzParsers } from './fuzz-parsers.js';
import { parsers } from './texts.js';

fuzzParsers('texts', parsers);
