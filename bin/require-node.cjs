// Loaded before a bundle, because an old Node cannot even parse a bundle's syntax. This file must run on every Node, so
// it uses no modern syntax.
'use strict';
var minimum = 20;
if (Number(process.versions.node.split('.')[0]) < minimum) {
  process.stderr.write(
    'ch-golden: needs Node ' + minimum + ' or newer, this is ' + process.versions.node + '\n' +
      '  Fix: install a current Node, from https://nodejs.org or your distribution, and put it first on PATH\n'
  );
  process.exit(1);
}
