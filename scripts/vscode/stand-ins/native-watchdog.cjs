"use strict";
// In the place of a native addon that ends a process when its parent has gone; here scripts/vscode/guard.mjs does that.
exports.start = () => {};
exports.exit = (code) => process.exit(code || 0);
