"use strict";
// An extension host runs this in the place of tests: it activates the extension, whose main file is timed-extension.cjs.
const vscode = require("vscode");

exports.run = () => vscode.extensions.getExtension(process.env.RUNWRIGHT_TEST_EXTENSION).activate();
