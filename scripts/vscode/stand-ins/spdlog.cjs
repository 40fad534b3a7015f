"use strict";
// In the place of @vscode/spdlog, a native addon without binaries in its package: the same surface, as far as VS Code's server uses it.
const { appendFileSync, closeSync, mkdirSync, openSync } = require("node:fs");
const { dirname } = require("node:path");

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"];

class Logger {
  constructor(_kind, _name, file) {
    Object.assign(this, { file, level: LEVELS.indexOf("info"), isRaw: false });
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, "a"));
    LEVELS.forEach((name, level) => {
      this[name] = (text) => this.write(level, text);
    });
  }
  write(level, text) {
    if (level < this.level) return;
    try {
      appendFileSync(this.file, this.isRaw ? text : `${new Date().toISOString()} [${LEVELS[level]}] ${text}\n`);
    } catch {
      // the folder of the run has been removed: nobody will read it
    }
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  clearFormatters() {
    this.isRaw = true;
  }
  setPattern() {}
  flush() {}
  drop() {}
}

const create = async (name, file) => new Logger("file", name, file);
// One by one: whoever imports this from an ES module gets only what can be seen to be exported without running it.
exports.version = 11000;
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
